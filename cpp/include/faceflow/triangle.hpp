// Exact geometry of points and triangles on a fixed-point grid.
//
// Coordinates are rounded to multiples of 2^-24 px and kept as whole numbers in doubles. With
// |coordinate| <= 1e8 px the numbers stay below 2^51, so differences are exact and a predicate's
// sign can be found without error, which is what makes the triangulation and the coverage robust.
#pragma once

#include <cmath>
#include <cstdint>

namespace faceflow {

inline constexpr double kGrid = 16777216.0;  // 2^24 steps in a pixel
inline constexpr double kMaxCoordinate = 1e8;

struct Point {
  double x;
  double y;
};

// Adding and taking away 1.5 * 2^52 rounds to a whole number (half to even) without a library call.
inline double snap(double coordinate) {
  constexpr double kRounder = 6755399441055744.0;
  return (coordinate * kGrid + kRounder) - kRounder;
}
inline Point snap(double x, double y) {
  return {snap(x), snap(y)};
}

// A product as an unevaluated sum, head + tail == a * b exactly (Dekker 1971).
struct Product {
  double head;
  double tail;
};

inline Product exact_product(double a, double b) {
  constexpr double kSplitter = 134217729.0;  // 2^27 + 1
  const double ca = kSplitter * a;
  const double a_high = ca - (ca - a);
  const double a_low = a - a_high;
  const double cb = kSplitter * b;
  const double b_high = cb - (cb - b);
  const double b_low = b - b_high;
  const double head = a * b;
  const double tail =
      a_low * b_low - (((head - a_high * b_high) - a_low * b_high) - a_high * b_low);
  return {head, tail};
}

// Sign of the doubled area of (a, b, c): positive when c lies to the left of a -> b with y up,
// that is to the right of it on a screen.
inline int orientation(Point a, Point b, Point c) {
  const double lx = b.x - a.x;
  const double ly = c.y - a.y;
  const double rx = b.y - a.y;
  const double ry = c.x - a.x;
  const double left = lx * ly;
  const double right = rx * ry;
  // Rounding is monotone, so unequal rounded products order the exact ones.
  if (left != right) return left > right ? 1 : -1;
  const double left_tail = exact_product(lx, ly).tail;
  const double right_tail = exact_product(rx, ry).tail;
  return (left_tail > right_tail) - (left_tail < right_tail);
}

// The doubled area itself, correct to the last bits even where it nearly cancels.
inline double doubled_area(Point a, Point b, Point c) {
  const Product left = exact_product(b.x - a.x, c.y - a.y);
  const Product right = exact_product(b.y - a.y, c.x - a.x);
  return (left.head - right.head) + (left.tail - right.tail);
}

// True when d lies strictly inside the circle through a, b, c (positive orientation).
bool in_circle(const Point& a, const Point& b, const Point& c, const Point& d);

}  // namespace faceflow
