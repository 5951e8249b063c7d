// The naive side of the comparison: whole numbers of any length, no floating-point arithmetic.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "faceflow/triangle.hpp"

namespace naive {

using Wide = __int128;

// A whole number in base 2^32: enough digits for a product of four differences on the grid.
class Integer {
 public:
  explicit Integer(double whole) : Integer() {
    digits_[0] = static_cast<std::int64_t>(whole);
    carry();
  }

  friend Integer operator+(const Integer& a, const Integer& b) { return combine(a, b, 1); }
  friend Integer operator-(const Integer& a, const Integer& b) { return combine(a, b, -1); }
  friend Integer operator*(const Integer& a, const Integer& b) {
    // Schoolbook, with signs apart so that no digit is negative.
    const bool negative = (a.sign() < 0) != (b.sign() < 0);
    const Integer left = a.sign() < 0 ? combine(Integer(), a, -1) : a;
    const Integer right = b.sign() < 0 ? combine(Integer(), b, -1) : b;
    Integer product;
    for (std::size_t i = 0; i < kDigits; ++i) {
      for (std::size_t j = 0; i + j < kDigits; ++j)
        product.digits_[i + j] += left.digits_[i] * right.digits_[j];
      product.carry();
    }
    return negative ? combine(Integer(), product, -1) : product;
  }

  [[nodiscard]] int sign() const {
    if (digits_[kDigits - 1] < 0) return -1;
    for (const Wide digit : digits_)
      if (digit != 0) return 1;
    return 0;
  }

 private:
  static constexpr std::size_t kDigits = 9;
  static constexpr Wide kBase = Wide{1} << 32;

  Integer() : digits_{} {}

  static Integer combine(const Integer& a, const Integer& b, int factor) {
    Integer result;
    for (std::size_t i = 0; i < kDigits; ++i)
      result.digits_[i] = a.digits_[i] + factor * b.digits_[i];
    result.carry();
    return result;
  }

  // Leaves every digit but the highest in [0, 2^32); the highest bears the sign.
  void carry() {
    for (std::size_t i = 0; i + 1 < kDigits; ++i) {
      Wide digit = digits_[i] % kBase;
      if (digit < 0) digit += kBase;
      digits_[i + 1] += (digits_[i] - digit) / kBase;
      digits_[i] = digit;
    }
  }

  std::array<Wide, kDigits> digits_;
};

inline Wide whole(double value) {
  return static_cast<std::int64_t>(value);
}

inline Wide twice_area(faceflow::Point a, faceflow::Point b, faceflow::Point c) {
  return (whole(b.x) - whole(a.x)) * (whole(c.y) - whole(a.y)) -
         (whole(b.y) - whole(a.y)) * (whole(c.x) - whole(a.x));
}

inline int sign(Wide value) {
  return (value > 0) - (value < 0);
}

// Sign of the in-circle determinant.
inline int circle_side(faceflow::Point a, faceflow::Point b, faceflow::Point c, faceflow::Point d) {
  const auto x = [&](faceflow::Point p) { return Integer(p.x) - Integer(d.x); };
  const auto y = [&](faceflow::Point p) { return Integer(p.y) - Integer(d.y); };
  const auto lift = [&](faceflow::Point p) { return x(p) * x(p) + y(p) * y(p); };
  const auto cross = [&](faceflow::Point p, faceflow::Point q) {
    return x(p) * y(q) - x(q) * y(p);
  };
  return (lift(a) * cross(b, c) + lift(b) * cross(c, a) + lift(c) * cross(a, b)).sign();
}

// The top-left rule of a triangle of positive orientation, seen with y down.
inline bool covers(faceflow::Point a, faceflow::Point b, faceflow::Point c, faceflow::Point p) {
  const int turn = sign(twice_area(a, b, c));
  if (turn == 0) return false;
  if (turn < 0) return covers(a, c, b, p);
  const auto inside = [&](faceflow::Point from, faceflow::Point to) {
    const int side = sign(twice_area(from, to, p));
    const bool top_or_left = (from.y == to.y && to.x > from.x) || to.y < from.y;
    return side > 0 || (side == 0 && top_or_left);
  };
  return inside(a, b) && inside(b, c) && inside(c, a);
}

}  // namespace naive
