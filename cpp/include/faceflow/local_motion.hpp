// What is left to move between two frames once a flow is known: the local least-squares answers
// that the flow network weighs.
//
// Lucas and Kanade, "An Iterative Image Registration Technique" (IJCAI 1981), in Gaussian windows
// of three sizes. All is single precision, and every sum has one order, so that the numba twin
// gives the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace faceflow {

inline constexpr std::size_t kLocalMotionChannels = 28;

// A frame at one scale: what is seen of it. Both planes have height x width values, rows first.
struct FramePlanes {
  const float* grey;  // 0..255
  const float* band;  // grey levels without fine noise and without slow changes of brightness
};

// Writes the grey levels of (height, width, 3) red-green-blue bytes.
void grey_levels(const std::uint8_t* rgb, std::size_t pixels, float* grey);

// Writes the means of 2x2 pixels, (height / 2, width / 2). Both sides are even.
void halve(const float* plane, std::size_t height, std::size_t width, float* half);

// Writes the band of middle frequencies of a plane: smoothed with 0.8 px, less its own low-pass of
// about 5 px. Both sides are even.
void band_pass(const float* grey, std::size_t height, std::size_t width, float* band);

// Writes (28, height / 2, width / 2), from frame 2 pulled back by `flow` (height, width, 2):
//   0..3    grey levels of frame 1 at the four pixels of each 2x2 block, / 64 - 2
//   4..7    difference of the bands there, / 8; 0 where the flow leads out of frame 2
//   8..9    mean flow of the block, / 4, within +-8
//   10..27  for windows of 1.5, 3 and 6 px: the displacement left (u, v) in px, within +-2; the
//           strength of horizontal and of vertical structure, their correlation, and the strength
//           of the difference. A strength s is sqrt(sqrt(s + 3)) / 2 - 1.
// `second_band` is frame 2's; both sides are even; a flow that is not finite leads out of the
// frame.
void local_motion(const FramePlanes& first, const float* second_band, const float* flow,
                  std::size_t height, std::size_t width, float* features);

}  // namespace faceflow
