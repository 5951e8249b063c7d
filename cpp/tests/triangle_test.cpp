// The exact predicates against whole-number arithmetic.
#include "faceflow/triangle.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <utility>

#include "exact.hpp"
#include "landmarks.hpp"

using faceflow::Point;
using landmarks::Random;

namespace {

constexpr double kLargest = faceflow::kMaxCoordinate * faceflow::kGrid;

Point random_point(Random& random, double reach) {
  return {std::floor(landmarks::uniform(random, -reach, reach)),
          std::floor(landmarks::uniform(random, -reach, reach))};
}

// c near the line through a and b: where rounded arithmetic errs.
Point near_line(Random& random, Point a, Point b) {
  const double t = landmarks::uniform(random, 0.0, 1.0);
  return {std::floor(a.x + t * (b.x - a.x)) + landmarks::whole(random, -1, 1),
          std::floor(a.y + t * (b.y - a.y)) + landmarks::whole(random, -1, 1)};
}

// What in_circle should say: its determinant taken for a, b, c in either orientation.
bool inside(Point a, Point b, Point c, Point d) {
  return naive::circle_side(a, b, c, d) > 0;
}

}  // namespace

TEST_CASE("whole-number arithmetic of the tests is right") {
  const naive::Integer big(4503599627370496.0);
  CHECK((big * big * big * big - big * big * big * big).sign() == 0);
  CHECK((big * big * big * big - (big * big * big * big + naive::Integer(1.0))).sign() == -1);
  CHECK((naive::Integer(-3.0) * naive::Integer(5.0) + naive::Integer(15.0)).sign() == 0);
  CHECK((naive::Integer(-3.0) * naive::Integer(-5.0)).sign() == 1);
}

TEST_CASE("snap takes the nearest multiple of 2^-24 px, ties to even") {
  const double step = 1.0 / faceflow::kGrid;
  CHECK(faceflow::snap(0.0) == 0.0);
  CHECK(faceflow::snap(1.0) == faceflow::kGrid);
  CHECK(faceflow::snap(0.5 * step) == 0.0);
  CHECK(faceflow::snap(1.5 * step) == 2.0);
  CHECK(faceflow::snap(-1.5 * step) == -2.0);
  CHECK(faceflow::snap(2.5 * step) == 2.0);
  CHECK(faceflow::snap(1e8) == kLargest);
  CHECK(faceflow::snap(-1e8) == -kLargest);
}

TEST_CASE("snap agrees with rounding by the library over the whole range") {
  Random random(1);
  for (const double reach : {1e-7, 1.0, 512.0, 1e6, 1e8})
    for (int i = 0; i < 2000; ++i) {
      const double value = landmarks::uniform(random, -reach, reach);
      REQUIRE(faceflow::snap(value) == std::nearbyint(value * faceflow::kGrid));
    }
}

TEST_CASE("exact_product loses nothing") {
  Random random(2);
  for (int i = 0; i < 5000; ++i) {
    const Point p = random_point(random, 2.0 * kLargest);
    const faceflow::Product product = faceflow::exact_product(p.x, p.y);
    const naive::Wide head = static_cast<naive::Wide>(product.head);
    REQUIRE(head + naive::whole(product.tail) == naive::whole(p.x) * naive::whole(p.y));
  }
}

TEST_CASE("orientation has the exact sign, near lines too") {
  Random random(3);
  int on_line = 0;
  for (const double reach : {3.0, 1000.0, 1e9, kLargest})
    for (int i = 0; i < 4000; ++i) {
      const Point a = random_point(random, reach);
      const Point b = random_point(random, reach);
      const Point c = i % 2 == 0 ? random_point(random, reach) : near_line(random, a, b);
      const int expected = naive::sign(naive::twice_area(a, b, c));
      on_line += expected == 0;
      REQUIRE(faceflow::orientation(a, b, c) == expected);
      REQUIRE(faceflow::orientation(b, a, c) == -expected);
    }
  CHECK(on_line > 100);
}

TEST_CASE("orientation of degenerate triangles is 0") {
  const Point a{-kLargest, -kLargest};
  const Point b{kLargest, kLargest};
  CHECK(faceflow::orientation(a, a, a) == 0);
  CHECK(faceflow::orientation(a, a, b) == 0);
  CHECK(faceflow::orientation(a, b, b) == 0);
  CHECK(faceflow::orientation(a, b, {0.0, 0.0}) == 0);
  CHECK(faceflow::orientation(a, b, {0.0, 1.0}) == 1);
  CHECK(faceflow::orientation(a, b, {1.0, 0.0}) == -1);
}

TEST_CASE("doubled_area is right to the last bits, near cancellation too") {
  Random random(4);
  for (const double reach : {3.0, 1000.0, 1e9, kLargest})
    for (int i = 0; i < 4000; ++i) {
      const Point a = random_point(random, reach);
      const Point b = random_point(random, reach);
      const Point c = i % 2 == 0 ? random_point(random, reach) : near_line(random, a, b);
      const auto expected = static_cast<double>(naive::twice_area(a, b, c));
      const double found = faceflow::doubled_area(a, b, c);
      REQUIRE(std::fabs(found - expected) <= std::fabs(expected) * 0x1p-51);
    }
}

TEST_CASE("in_circle has the exact sign") {
  Random random(5);
  for (const double reach : {2.0, 30.0, 1e5, 1e12, kLargest})
    for (int i = 0; i < 1500; ++i) {
      const Point a = random_point(random, reach);
      const Point b = random_point(random, reach);
      const Point c = i % 2 == 0 ? random_point(random, reach) : near_line(random, a, b);
      const Point d = random_point(random, reach);
      REQUIRE(faceflow::in_circle(a, b, c, d) == inside(a, b, c, d));
    }
}

TEST_CASE("in_circle tells a grid step from the circle, wherever it lies") {
  // Whole points on one circle of radius 1105.
  const double legs[][2] = {{47, 1104},  {105, 1100}, {169, 1092}, {264, 1073}, {272, 1071},
                            {425, 1020}, {468, 1001}, {520, 975},  {561, 952},  {576, 943},
                            {663, 884},  {700, 855},  {744, 817},  {0, 1105}};
  Random random(6);
  int on_circle = 0;
  for (int i = 0; i < 4000; ++i) {
    const double scale = std::exp2(static_cast<double>(random() % 40));
    const Point centre = random_point(random, kLargest / 2.0);
    const auto pick = [&] {
      const auto& leg = legs[random() % 14];
      const bool exchanged = random() % 2 == 0;
      const double x = leg[exchanged ? 1 : 0] * (random() % 2 == 0 ? 1.0 : -1.0);
      const double y = leg[exchanged ? 0 : 1] * (random() % 2 == 0 ? 1.0 : -1.0);
      return Point{centre.x + scale * x, centre.y + scale * y};
    };
    const Point a = pick();
    Point b = pick();
    Point c = pick();
    const Point d = pick();
    if (faceflow::orientation(a, b, c) < 0) std::swap(b, c);
    if (faceflow::orientation(a, b, c) == 0) continue;
    ++on_circle;
    REQUIRE_FALSE(faceflow::in_circle(a, b, c, d));
    const Point moved{d.x + landmarks::whole(random, -1, 1), d.y + landmarks::whole(random, -1, 1)};
    REQUIRE(faceflow::in_circle(a, b, c, moved) == inside(a, b, c, moved));
  }
  CHECK(on_circle > 2000);
}

TEST_CASE("no corner is inside its own circle") {
  const Point a{0.0, 0.0};
  const Point b{kLargest, 1.0};
  const Point c{1.0, kLargest};
  for (const Point d : {a, b, c}) CHECK_FALSE(faceflow::in_circle(a, b, c, d));
  CHECK_FALSE(faceflow::in_circle(a, a, a, a));
}
