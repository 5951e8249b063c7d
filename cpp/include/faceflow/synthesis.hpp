// Piecewise-affine flow from landmarks and triangles, rasterised row by row.
#pragma once

#include <cstddef>
#include <cstdint>

namespace faceflow {

// Landmarks of `pairs` pairs of frames, and the triangles that all of them share.
struct PairsView {
  const double* source;  // (pairs, points, 2): x, y
  const double* target;  // (pairs, points, 2)
  std::size_t pairs;
  std::size_t points;
  const std::int32_t* triangles;  // (triangle_count, 3), each index in [0, points)
  std::size_t triangle_count;
};

// Where the flow goes.
struct FieldsView {
  float* flow;          // (pairs, height, width, 2): u, v
  std::uint8_t* valid;  // (pairs, height, width), or null
  std::size_t height;
  std::size_t width;
  float fill;  // both components of a pixel outside every triangle
};

// A pixel belongs to the triangle that holds its centre, by the top-left rule, decided exactly.
// Where triangles overlap (a fold) it belongs to the first in the list. Each row is written once,
// from left to right.
void synthesize(const PairsView& pairs, const FieldsView& fields);

// Where the flow of one pair goes, as one of FieldsView's.
struct FieldView {
  float* flow;          // (height, width, 2): u, v
  std::uint8_t* valid;  // (height, width), or null
  std::size_t height;
  std::size_t width;
};

// As `synthesize`, each pair to a field of its own size: fields has `pairs.pairs` of them.
void synthesize_each(const PairsView& pairs, const FieldView* fields, float fill);

// flipped[pair * triangle_count + i] = 1 where triangle i has one orientation in the source and the
// opposite one in the target.
void flipped_triangles(const PairsView& pairs, std::uint8_t* flipped);

}  // namespace faceflow
