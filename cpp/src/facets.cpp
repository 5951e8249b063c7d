#include "facets.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "clones.hpp"

namespace faceflow {
namespace {

// Rows are computed in blocks of this many; what a block leaves past a facet's last row is
// overwritten or unused, so each facet's table has room for one block more.
constexpr std::int32_t kBlock = 8;

// First row at or below a coordinate on the grid, within [0, limit].
std::int32_t first_row(double y, double limit) {
  const double clamped = std::clamp(y / kGrid, 0.0, limit);
  const auto whole = static_cast<std::int32_t>(clamped);
  return whole + (clamped > whole);
}

// Corrects the columns whose crossing comes within rounding of a pixel centre, by the sign of an
// area, which is exact.
void settle_columns(Point upper, Point lower, std::int32_t begin, std::int32_t end, double width,
                    double tolerance, std::int32_t* columns) {
  const double slope = (lower.x - upper.x) / (lower.y - upper.y);
  for (std::int32_t row = begin; row < end; ++row) {
    const double x = upper.x / kGrid + (row - upper.y / kGrid) * slope;
    const double nearest = std::floor(x + 0.5);
    std::int32_t column = static_cast<std::int32_t>(std::clamp(std::ceil(x), 0.0, width));
    if (std::fabs(x - nearest) <= tolerance && nearest >= 0.0 && nearest < width) {
      const bool right_or_on = orientation(upper, lower, {nearest * kGrid, row * kGrid}) <= 0;
      column = static_cast<std::int32_t>(nearest) + (right_or_on ? 0 : 1);
    }
    columns[row - begin] = column;
  }
}

// First column at or right of the edge from `upper` to `lower`, for each row in [begin, end), at
// least 0. Single precision finds it unless the crossing comes close to a pixel centre.
FACEFLOW_INLINE void edge_columns(Point upper, Point lower, std::int32_t begin, std::int32_t end,
                                  double width, std::int32_t* columns) {
  const double x0 = upper.x / kGrid;
  const double slope = (lower.x - upper.x) / (lower.y - upper.y);
  const auto first = static_cast<float>(x0 + (begin - upper.y / kGrid) * slope);
  const auto step = static_cast<float>(slope);
  const double reach = std::fabs(x0) + std::fabs(lower.x / kGrid);
  const auto tolerance = static_cast<float>(3e-7 * (reach + 1.0));
  const auto rightmost = static_cast<float>(width - 0.5);  // so that ceil gives width
  int doubtful = 0;
  const std::int32_t padded = (end - begin + kBlock - 1) / kBlock * kBlock;
  for (std::int32_t i = 0; i < padded; ++i) {
    float x = first + static_cast<float>(i) * step;
    x = x < -0.5F ? -0.5F : x;
    x = x > rightmost ? rightmost : x;
    const auto whole = static_cast<std::int32_t>(x);  // x > -1: truncation is the floor, or 0
    const float part = x - static_cast<float>(whole);
    columns[i] = whole + (part > 0.0F);
    doubtful |= (std::fabs(part) <= tolerance) | (part >= 1.0F - tolerance);
  }
  if (doubtful != 0)
    settle_columns(upper, lower, begin, end, width, 1e-14 * (reach + 1.0), columns);
}

Plane fit_plane(const Corner& a, const Corner& b, const Corner& c) {
  const double bx = b.at.x - a.at.x;
  const double by = b.at.y - a.at.y;
  const double cx = c.at.x - a.at.x;
  const double cy = c.at.y - a.at.y;
  const double scale = kGrid / (bx * cy - by * cx);
  const Pair b_change = b.displacement - a.displacement;
  const Pair c_change = c.displacement - a.displacement;
  const Pair down = (c_change * bx - b_change * cx) * scale;
  const Pair across = (b_change * cy - c_change * by) * scale;
  return {a.displacement, down,
          across,         a.at.x / kGrid,
          a.at.y / kGrid, {static_cast<float>(across[0]), static_cast<float>(across[1])}};
}

// Single precision along a row is good to a few 2^-24 of the displacements, and the plane to about
// 1e-16 of the squared longest side over the area. Beyond these limits the error might reach
// 1e-4 px, and each pixel is interpolated by its exact barycentric weights instead.
constexpr double kFastest = 128.0;
constexpr double kThinnest = 1e-5;

bool fast(const Corner& corner) {
  return std::fabs(corner.displacement[0]) > kFastest ||
         std::fabs(corner.displacement[1]) > kFastest;
}

bool above(const Corner* a, const Corner* b) {
  return a->at.y != b->at.y ? a->at.y < b->at.y : a->at.x < b->at.x;
}

void order(const Corner*& a, const Corner*& b) {
  const bool swap = above(b, a);
  const Corner* const first = swap ? b : a;
  b = swap ? a : b;
  a = first;
}

bool needs_care(const Corner& a, const Corner& b, const Corner& c) {
  const double bx = b.at.x - a.at.x;
  const double by = b.at.y - a.at.y;
  const double cx = c.at.x - a.at.x;
  const double cy = c.at.y - a.at.y;
  const double longest = std::max(
      {bx * bx + by * by, cx * cx + cy * cy, (cx - bx) * (cx - bx) + (cy - by) * (cy - by)});
  return std::fabs(bx * cy - by * cx) < kThinnest * longest || fast(a) || fast(b) || fast(c);
}

// False where the triangle covers no row, or has no area.
bool make_facet(const Corner* corners, const std::int32_t* triangle, double height, double width,
                Facet& facet) {
  const Corner* a = corners + triangle[0];
  const Corner* b = corners + triangle[1];
  const Corner* c = corners + triangle[2];
  order(a, b);
  order(b, c);
  order(a, b);
  facet.top = first_row(a->at.y, height);
  facet.bottom = first_row(c->at.y, height);
  if (facet.top >= facet.bottom) return false;
  if (std::max({a->at.x, b->at.x, c->at.x}) < 0.0) return false;
  if (std::min({a->at.x, b->at.x, c->at.x}) > width * kGrid) return false;
  if (orientation(a->at, b->at, c->at) == 0) return false;
  facet.corners[0] = a;
  facet.corners[1] = b;
  facet.corners[2] = c;
  facet.careful = needs_care(*a, *b, *c);
  return true;
}

}  // namespace

void Facets::prepare(const PairsView& pairs, std::size_t pair, std::size_t rows,
                     std::size_t columns) {
  height = static_cast<double>(rows);
  width = static_cast<double>(columns);
  const double* source = pairs.source + pair * pairs.points * 2;
  const double* target = pairs.target + pair * pairs.points * 2;
  corners.resize(pairs.points);
  for (std::size_t i = 0; i < pairs.points; ++i) {
    const double x = source[2 * i];
    const double y = source[2 * i + 1];
    corners[i] = {snap(x, y), Pair{target[2 * i] - x, target[2 * i + 1] - y}};
  }
  list.resize(pairs.triangle_count);
  std::size_t count = 0;
  std::ptrdiff_t total = 0;
  for (std::size_t i = 0; i < pairs.triangle_count; ++i) {
    Facet& facet = list[count];
    if (!make_facet(corners.data(), pairs.triangles + 3 * i, height, width, facet)) continue;
    facet.rows = total - facet.top;
    total += facet.bottom - facet.top + kBlock;
    ++count;
  }
  list.resize(count);
  begins.reserve(static_cast<std::size_t>(total));
  ends.reserve(static_cast<std::size_t>(total));
  first_in_row.assign(rows, -1);
  next_in_row.resize(count);
  for (std::size_t i = count; i-- > 0;) {
    const std::int32_t top = list[i].top;
    next_in_row[i] = first_in_row[top];
    first_in_row[top] = static_cast<std::int32_t>(i);
  }
}

FACEFLOW_CLONES
void Facets::trace(Facet& facet) {
  std::int32_t* const left = begins.data() + (facet.rows + facet.top);
  std::int32_t* const right = ends.data() + (facet.rows + facet.top);
  const auto [a, b, c] = facet.corners;
  const bool middle_on_right = orientation(a->at, c->at, b->at) < 0;
  std::int32_t* const long_side = middle_on_right ? left : right;
  std::int32_t* const short_side = middle_on_right ? right : left;
  const std::int32_t middle = first_row(b->at.y, height);
  edge_columns(a->at, c->at, facet.top, facet.bottom, width, long_side);
  edge_columns(a->at, b->at, facet.top, middle, width, short_side);
  edge_columns(b->at, c->at, middle, facet.bottom, width, short_side + (middle - facet.top));
  facet.plane = fit_plane(*a, *b, *c);
}

}  // namespace faceflow
