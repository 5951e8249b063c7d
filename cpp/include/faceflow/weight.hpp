// Flow and its weight in one array, as a network's loss takes them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace faceflow {

// out[i] = (u, v, 1) of a pixel that is valid, and (0, 0, elsewhere) of any other, whatever its
// flow is, be it NaN. flow has `pixels` x 2 numbers, out `pixels` x 3.
void weigh_flow(const float* flow, const std::uint8_t* valid, std::size_t pixels, float elsewhere,
                float* out);

}  // namespace faceflow
