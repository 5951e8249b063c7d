// Flow and its weight in one array, as a network's loss takes them.
#pragma once

#include <cstddef>

#include "faceflow/synthesis.hpp"

namespace faceflow {

// Where the flow of one pair goes with its weight.
struct WeighedView {
  float* out;  // (height, width, 3): u, v, weight
  std::size_t height;
  std::size_t width;
};

// As `synthesize_each`, each pair to a field of its own size: (u, v, 1) in a triangle, and
// (0, 0, elsewhere) outside of all.
void synthesize_weighed(const PairsView& pairs, const WeighedView* fields, float elsewhere);

}  // namespace faceflow
