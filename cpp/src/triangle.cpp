#include "faceflow/triangle.hpp"

#include <array>
#include <cstddef>

namespace faceflow {
namespace {

// A sum of doubles kept exactly: non-overlapping components in increasing magnitude
// (Shewchuk 1997, "Adaptive Precision Floating-Point Arithmetic", GROW-EXPANSION). Its sign is
// that of the last component.
class Expansion {
 public:
  void add(double value) {
    std::size_t kept = 0;
    double carry = value;
    for (std::size_t i = 0; i < count_; ++i) {
      const double sum = carry + terms_[i];
      const double virtual_part = sum - carry;
      const double error = (carry - (sum - virtual_part)) + (terms_[i] - virtual_part);
      if (error != 0.0) terms_[kept++] = error;
      carry = sum;
    }
    if (carry != 0.0) terms_[kept++] = carry;
    count_ = kept;
  }

  void add(Product product) {
    add(product.tail);
    add(product.head);
  }

  void add_product(const Expansion& a, const Expansion& b) {
    for (std::size_t i = 0; i < a.count_; ++i)
      for (std::size_t j = 0; j < b.count_; ++j) add(exact_product(a.terms_[i], b.terms_[j]));
  }

  [[nodiscard]] bool positive() const { return count_ > 0 && terms_[count_ - 1] > 0.0; }

 private:
  // Three sums of 4 x 4 products of two terms each: never more than 96 components.
  std::array<double, 96> terms_{};
  std::size_t count_ = 0;
};

Expansion cross(Point p, Point q) {
  Expansion result;
  result.add(exact_product(p.x, q.y));
  result.add(exact_product(-q.x, p.y));
  return result;
}

Expansion squared_length(Point p) {
  Expansion result;
  result.add(exact_product(p.x, p.x));
  result.add(exact_product(p.y, p.y));
  return result;
}

[[gnu::noinline, gnu::cold]] bool in_circle_exact(Point a, Point b, Point c) {
  Expansion determinant;
  determinant.add_product(squared_length(a), cross(b, c));
  determinant.add_product(squared_length(b), cross(c, a));
  determinant.add_product(squared_length(c), cross(a, b));
  return determinant.positive();
}

}  // namespace

bool in_circle(const Point& a, const Point& b, const Point& c, const Point& d) {
  const Point ad{a.x - d.x, a.y - d.y};
  const Point bd{b.x - d.x, b.y - d.y};
  const Point cd{c.x - d.x, c.y - d.y};
  const double bc = bd.x * cd.y;
  const double cb = cd.x * bd.y;
  const double ca = cd.x * ad.y;
  const double ac = ad.x * cd.y;
  const double ab = ad.x * bd.y;
  const double ba = bd.x * ad.y;
  const double a_lift = ad.x * ad.x + ad.y * ad.y;
  const double b_lift = bd.x * bd.x + bd.y * bd.y;
  const double c_lift = cd.x * cd.x + cd.y * cd.y;
  const double determinant = a_lift * (bc - cb) + b_lift * (ca - ac) + c_lift * (ab - ba);
  const double permanent = (std::fabs(bc) + std::fabs(cb)) * a_lift +
                           (std::fabs(ca) + std::fabs(ac)) * b_lift +
                           (std::fabs(ab) + std::fabs(ba)) * c_lift;
  constexpr double kErrorBound = 1.2e-15;  // Shewchuk's (10 + 96 e) e with e = 2^-53, rounded up
  if (determinant > kErrorBound * permanent) return true;
  // Also where d is one of the three: every term is 0 then.
  if (-determinant >= kErrorBound * permanent) return false;
  return in_circle_exact(ad, bd, cd);
}

}  // namespace faceflow
