// How much a flow field moves.
#pragma once

#include <cstddef>
#include <cstdint>

namespace faceflow {

struct Motion {
  std::size_t pixels;  // that are valid
  double sum;          // of their vectors' lengths, px
  double longest;      // px
};

// Sums up the vectors at the pixels where `valid` is not 0; what the others hold does not matter.
// Lengths are taken in single precision, as the flow is, and summed in double, in eight columns:
// pixel i in column i mod 8. Components are less than 1e18 px, whose squares single precision
// holds.
Motion measure_motion(const float* flow, const std::uint8_t* valid, std::size_t pixels);

}  // namespace faceflow
