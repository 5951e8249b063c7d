// The triangulation: Delaunay, complete, and dependent on nothing but the points.
#include "faceflow/delaunay.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "exact.hpp"
#include "landmarks.hpp"

using faceflow::Point;
using faceflow::Triangle;
using landmarks::Coordinates;
using landmarks::Random;

namespace {

std::vector<Triangle> triangulate(const Coordinates& points) {
  return faceflow::triangulate(points.data(), points.size() / 2);
}

naive::Wide area(const std::vector<Point>& points, const Triangle& t) {
  return naive::twice_area(points[t[0]], points[t[1]], points[t[2]]);
}

// Doubled area of the convex hull, by Andrew's chains.
naive::Wide hull_area(std::vector<Point> points) {
  const auto before = [](Point a, Point b) { return a.x != b.x ? a.x < b.x : a.y < b.y; };
  std::sort(points.begin(), points.end(), before);
  naive::Wide total = 0;
  for (const int side : {1, -1}) {
    std::vector<Point> chain;
    for (const Point p : points) {
      while (chain.size() > 1 &&
             side * naive::twice_area(chain[chain.size() - 2], chain.back(), p) <= 0)
        chain.pop_back();
      chain.push_back(p);
    }
    for (std::size_t i = 1; i < chain.size(); ++i)
      total += side * naive::twice_area(points.front(), chain[i - 1], chain[i]);
  }
  return total;
}

void check_form(const std::vector<Point>& points, const std::vector<Triangle>& triangles) {
  for (const Triangle& t : triangles) {
    REQUIRE(t[0] == std::min({t[0], t[1], t[2]}));
    REQUIRE(area(points, t) > 0);
  }
  REQUIRE(std::adjacent_find(triangles.begin(), triangles.end(), std::greater_equal<>()) ==
          triangles.end());
}

// The triangles tile the hull: no directed edge twice, and the areas add up.
std::map<std::pair<int, int>, int> check_tiling(const std::vector<Point>& points,
                                                const std::vector<Triangle>& triangles) {
  std::map<std::pair<int, int>, int> opposite;
  naive::Wide total = 0;
  for (const Triangle& t : triangles) {
    total += area(points, t);
    for (int i = 0; i < 3; ++i)
      REQUIRE(opposite.emplace(std::pair(t[i], t[(i + 1) % 3]), t[(i + 2) % 3]).second);
  }
  REQUIRE((total == hull_area(points)));
  return opposite;
}

// Across every inner edge the other corner is not inside the circle, which for a tiling of the hull
// is enough for all circles to be empty (Delaunay's lemma).
void check_delaunay(const Coordinates& coordinates, const std::vector<Triangle>& triangles) {
  const std::vector<Point> points = landmarks::snapped(coordinates);
  check_form(points, triangles);
  const auto opposite = check_tiling(points, triangles);
  for (const auto& [edge, corner] : opposite) {
    const auto other = opposite.find({edge.second, edge.first});
    if (other == opposite.end()) continue;
    REQUIRE(naive::circle_side(points[edge.first], points[edge.second], points[corner],
                               points[other->second]) <= 0);
  }
}

// Each place that a point has is a corner, by its first point, unless all lie on one line.
void check_all_used(const Coordinates& coordinates, const std::vector<Triangle>& triangles) {
  const std::vector<Point> points = landmarks::snapped(coordinates);
  std::map<std::pair<double, double>, int> first;
  for (std::size_t i = 0; i < points.size(); ++i)
    first.emplace(std::pair(points[i].x, points[i].y), static_cast<int>(i));
  std::set<int> expected;
  for (const auto& [place, index] : first) expected.insert(index);
  std::set<int> used;
  for (const Triangle& t : triangles) used.insert(t.begin(), t.end());
  REQUIRE((used == expected || (triangles.empty() && hull_area(points) == 0)));
}

// The triangles by where their corners are.
std::set<std::set<std::pair<double, double>>> corners(const Coordinates& coordinates) {
  const std::vector<Point> points = landmarks::snapped(coordinates);
  std::set<std::set<std::pair<double, double>>> result;
  for (const Triangle& t : triangulate(coordinates)) {
    std::set<std::pair<double, double>> places;
    for (const int index : t) places.emplace(points[index].x, points[index].y);
    result.insert(places);
  }
  return result;
}

}  // namespace

TEST_CASE("fewer than three points give no triangle") {
  CHECK(triangulate({}).empty());
  CHECK(triangulate({1.0, 2.0}).empty());
  CHECK(triangulate({1.0, 2.0, 3.0, 4.0}).empty());
}

TEST_CASE("three points give one triangle, positive and with its lowest index first") {
  CHECK(triangulate({0, 0, 9, 0, 0, 9}) == std::vector<Triangle>{{0, 1, 2}});
  CHECK(triangulate({0, 0, 0, 9, 9, 0}) == std::vector<Triangle>{{0, 2, 1}});
  CHECK(triangulate({9, 0, 0, 0, 0, 9}) == std::vector<Triangle>{{0, 2, 1}});
}

TEST_CASE("collinear points give no triangle") {
  for (const auto& [dx, dy] : {std::pair(1.0, 0.0), {0.0, 1.0}, {3.0, -7.0}, {1e6, 1e6}}) {
    Coordinates points;
    for (int i = 0; i < 50; ++i) points.insert(points.end(), {dx * i, dy * i});
    CHECK(triangulate(points).empty());
  }
}

TEST_CASE("a line and one point beside it give a fan") {
  Coordinates points{7.0, 3.0};
  for (int i = 0; i < 40; ++i) points.insert(points.end(), {static_cast<double>(i), 0.0});
  const auto triangles = triangulate(points);
  CHECK(triangles.size() == 39);
  check_delaunay(points, triangles);
}

TEST_CASE("of coinciding points the first is used") {
  CHECK(triangulate({5, 5, 5, 5, 5, 5, 5, 5}).empty());
  CHECK(triangulate({0, 0, 0, 0, 9, 0, 0, 9, 9, 0}) == std::vector<Triangle>{{0, 2, 3}});
  const double step = 1.0 / faceflow::kGrid;
  CHECK(triangulate({0, 0, 0.4 * step, 0, 9, 0, 0, 9}) == std::vector<Triangle>{{0, 2, 3}});
  CHECK(triangulate({0, 0, 1.0 * step, 0, 9, 0, 0, 9}).size() == 2);
}

TEST_CASE("a grid, all of whose cells are cocircular, is tiled") {
  const Coordinates points = landmarks::grid(17, 13, 7.5);
  const auto triangles = triangulate(points);
  CHECK(triangles.size() == 2 * 16 * 12);
  check_delaunay(points, triangles);
}

TEST_CASE("a hub has all its spokes") {
  for (const double radius : {1.0, 1e6, 1e8}) {
    const Coordinates points = landmarks::hub_and_spokes(60, radius);
    const auto triangles = triangulate(points);
    check_delaunay(points, triangles);
    const auto at_hub = std::count_if(triangles.begin(), triangles.end(),
                                      [](const Triangle& t) { return t[0] == 0; });
    CHECK(at_hub >= 60);
  }
}

TEST_CASE("every circle is empty of all points, on small random and degenerate sets") {
  Random random(7);
  for (int i = 0; i < 240; ++i) {
    const Coordinates coordinates = landmarks::any(random, i, 3 + random() % 12);
    const auto triangles = triangulate(coordinates);
    check_delaunay(coordinates, triangles);
    check_all_used(coordinates, triangles);
    const std::vector<Point> points = landmarks::snapped(coordinates);
    for (const Triangle& t : triangles)
      for (const Point p : points)
        REQUIRE(naive::circle_side(points[t[0]], points[t[1]], points[t[2]], p) <= 0);
  }
}

TEST_CASE("hundreds of points of every kind are triangulated") {
  Random random(8);
  for (int kind = 0; kind < landmarks::kKinds; ++kind) {
    const Coordinates points = landmarks::any(random, kind, 300);
    const auto triangles = triangulate(points);
    check_delaunay(points, triangles);
    check_all_used(points, triangles);
  }
}

TEST_CASE("5,000 points are triangulated") {
  Random random(9);
  const Coordinates points = landmarks::uniform_points(random, 5000, 0.0, 1e6);
  const auto triangles = triangulate(points);
  check_delaunay(points, triangles);
  check_all_used(points, triangles);
}

TEST_CASE("the order of the points changes nothing but the labels") {
  Random random(10);
  for (int i = 0; i < 80; ++i) {
    const std::size_t count = 3 + random() % 40;
    Coordinates points = landmarks::any(random, i, count);
    const auto before = corners(points);
    for (std::size_t last = count - 1; last > 0; --last) {
      const std::size_t other = random() % (last + 1);
      std::swap(points[2 * last], points[2 * other]);
      std::swap(points[2 * last + 1], points[2 * other + 1]);
    }
    REQUIRE((corners(points) == before));
  }
}
