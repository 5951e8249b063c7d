// Delaunay triangulation by divide and conquer (Guibas and Stolfi 1985).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace faceflow {

inline constexpr std::size_t kMaxPoints = std::size_t{1} << 21;  // three indices fit one sort key

using Triangle = std::array<std::int32_t, 3>;

// Triangles of `count` points given as x, y pairs. Each has positive orientation, begins with its
// lowest index, and the list is sorted, so the result depends on nothing but the points. Of points
// that coincide on the 2^-24 px grid only the first is used; collinear points give no triangle.
std::vector<Triangle> triangulate(const double* points, std::size_t count);

}  // namespace faceflow
