// Flow as a picture on the Middlebury colour wheel.
#pragma once

#include <cstddef>
#include <cstdint>

namespace faceflow {

// Longest vector among the known pixels (finite and at most 1e9 in both components), 0 if none.
float max_magnitude(const float* flow, std::size_t pixels);

// Hue from the direction, saturation from the length over `max_flow`; longer vectors are darkened,
// unknown pixels black. `max_flow` is positive. Baker et al., "A Database and Evaluation
// Methodology for Optical Flow", IJCV 2011. `rgb` holds 3 bytes a pixel.
void colour_flow(const float* flow, std::size_t pixels, float max_flow, std::uint8_t* rgb);

}  // namespace faceflow
