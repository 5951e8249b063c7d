// Flow from landmarks: which pixel belongs to which triangle, and with what flow.
#include "faceflow/synthesis.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "exact.hpp"
#include "fields.hpp"
#include "landmarks.hpp"

using faceflow::Point;
using faceflow::Triangle;
using fields::Fields;
using fields::Size;
using landmarks::Coordinates;
using landmarks::Random;

namespace {

bool covers(const std::vector<Point>& points, const Triangle& t, std::size_t x, std::size_t y) {
  return naive::covers(
      points[t[0]], points[t[1]], points[t[2]],
      {static_cast<double>(x) * faceflow::kGrid, static_cast<double>(y) * faceflow::kGrid});
}

// u or v at a pixel, by barycentric weights in long double from exact areas.
double interpolated(const Coordinates& source, const Coordinates& target,
                    const std::vector<Point>& points, const Triangle& t, Point p, int axis) {
  const naive::Wide weights[] = {naive::twice_area(p, points[t[1]], points[t[2]]),
                                 naive::twice_area(points[t[0]], p, points[t[2]]),
                                 naive::twice_area(points[t[0]], points[t[1]], p)};
  long double sum = 0.0L;
  for (int i = 0; i < 3; ++i) {
    const std::size_t at = 2 * static_cast<std::size_t>(t[i]) + static_cast<std::size_t>(axis);
    sum += static_cast<long double>(weights[i]) *
           (static_cast<long double>(target[at]) - static_cast<long double>(source[at]));
  }
  return static_cast<double>(sum / static_cast<long double>(weights[0] + weights[1] + weights[2]));
}

double largest_displacement(const Coordinates& source, const Coordinates& target) {
  double largest = 0.0;
  for (std::size_t i = 0; i < source.size(); ++i)
    largest = std::max(largest, std::fabs(target[i] - source[i]));
  return largest;
}

// Every pixel against the naive rule; gives the number of pixels that several triangles cover.
int check_pixels(const Coordinates& source, const Coordinates& target,
                 const std::vector<Triangle>& triangles, Size size) {
  const Fields found = fields::synthesize(source, target, triangles, size);
  const std::vector<Point> points = landmarks::snapped(source);
  const double tolerance = std::max(1e-4, largest_displacement(source, target) * 0x1p-22);
  int shared = 0;
  for (std::size_t y = 0; y < size.height; ++y)
    for (std::size_t x = 0; x < size.width; ++x) {
      const std::size_t pixel = y * size.width + x;
      const auto owns = [&](const Triangle& t) { return covers(points, t, x, y); };
      const auto owner = std::find_if(triangles.begin(), triangles.end(), owns);
      REQUIRE(found.valid[pixel] == (owner != triangles.end() ? 1 : 0));
      shared += std::count_if(triangles.begin(), triangles.end(), owns) > 1;
      for (int axis = 0; axis < 2; ++axis) {
        const float value = found.flow[2 * pixel + static_cast<std::size_t>(axis)];
        if (owner == triangles.end()) {
          REQUIRE(value == fields::kFill);
          continue;
        }
        const Point p{static_cast<double>(x) * faceflow::kGrid,
                      static_cast<double>(y) * faceflow::kGrid};
        const double expected = interpolated(source, target, points, *owner, p, axis);
        REQUIRE(std::fabs(value - expected) <= tolerance);
      }
    }
  return shared;
}

const std::vector<Triangle> kOne{{0, 1, 2}};

}  // namespace

TEST_CASE("triangles of a triangulation cover each pixel in the hull exactly once") {
  Random random(11);
  for (int i = 0; i < 400; ++i) {
    const Coordinates source = landmarks::any(random, i, 3 + random() % 12);
    const Coordinates target = fields::moved(random, source, i % 3 == 0 ? 60.0 : 2.0);
    const Size size{1 + random() % 24, 1 + random() % 24};
    REQUIRE(check_pixels(source, target, fields::triangulate(source), size) == 0);
  }
}

TEST_CASE("in a fold a pixel belongs to the first triangle in the list") {
  Random random(12);
  int shared = 0;
  for (int i = 0; i < 200; ++i) {
    const Coordinates before = landmarks::any(random, i, 5 + random() % 10);
    const Coordinates source = fields::moved(random, before, 4.0);
    const Coordinates target = fields::moved(random, source, 3.0);
    shared += check_pixels(source, target, fields::triangulate(before), {20, 20});
  }
  CHECK(shared > 500);
}

TEST_CASE("every width from 1 to 17 and beyond is written whole, at any alignment") {
  Random random(13);
  const Coordinates source = landmarks::uniform_points(random, 9, -1.0, 18.0);
  const Coordinates target = fields::moved(random, source, 3.0);
  const auto triangles = fields::triangulate(source);
  for (std::size_t width = 1; width <= 40; ++width) {
    check_pixels(source, target, triangles, {19, width});
    const Fields expected = fields::synthesize(source, target, triangles, {19, width});
    for (std::size_t shift = 1; shift < 8; ++shift)
      REQUIRE(fields::synthesize(source, target, triangles, {19, width}, 1, shift) == expected);
  }
}

TEST_CASE("a batch holds what single calls give") {
  Random random(14);
  for (int i = 0; i < 24; ++i) {
    const std::size_t pairs = 1 + random() % 6;
    const Coordinates first = landmarks::any(random, i, 12);
    const auto triangles = fields::triangulate(first);
    const Size size{1 + random() % 30, 1 + random() % 30};
    Coordinates sources, targets;
    Fields expected;
    for (std::size_t pair = 0; pair < pairs; ++pair) {
      const Coordinates source = fields::moved(random, first, pair == 0 ? 0.0 : 5.0);
      const Coordinates target = fields::moved(random, source, 5.0);
      const Fields single = fields::synthesize(source, target, triangles, size);
      sources.insert(sources.end(), source.begin(), source.end());
      targets.insert(targets.end(), target.begin(), target.end());
      expected.flow.insert(expected.flow.end(), single.flow.begin(), single.flow.end());
      expected.valid.insert(expected.valid.end(), single.valid.begin(), single.valid.end());
    }
    REQUIRE(fields::synthesize(sources, targets, triangles, size, pairs) == expected);
    const Fields bare = fields::synthesize(sources, targets, triangles, size, pairs, 0, false);
    REQUIRE(std::memcmp(bare.flow.data(), expected.flow.data(),
                        expected.flow.size() * sizeof(float)) == 0);
  }
}

TEST_CASE("pairs that go to fields of their own sizes are what single calls give") {
  Random random(18);
  for (int i = 0; i < 24; ++i) {
    const Coordinates first = landmarks::any(random, i, 12);
    const auto triangles = fields::triangulate(first);
    const std::vector<Size> sizes{{1 + random() % 30, 1 + random() % 30}, {1, 1}, {24, 32}};
    Coordinates sources, targets;
    std::vector<Fields> expected, found;
    for (const Size& size : sizes) {
      const Coordinates source = fields::moved(random, first, 4.0);
      const Coordinates target = fields::moved(random, source, 5.0);
      expected.push_back(fields::synthesize(source, target, triangles, size));
      found.push_back({std::vector<float>(expected.back().flow.size(), fields::kGuard),
                       std::vector<std::uint8_t>(expected.back().valid.size())});
      sources.insert(sources.end(), source.begin(), source.end());
      targets.insert(targets.end(), target.begin(), target.end());
    }
    std::vector<faceflow::FieldView> views;
    for (std::size_t n = 0; n < sizes.size(); ++n)
      views.push_back(
          {found[n].flow.data(), found[n].valid.data(), sizes[n].height, sizes[n].width});
    const std::int32_t* indices = triangles.empty() ? nullptr : triangles.front().data();
    faceflow::synthesize_each(
        {sources.data(), targets.data(), sizes.size(), 12, indices, triangles.size()}, views.data(),
        fields::kFill);
    REQUIRE(found == expected);
  }
}

TEST_CASE("no pair and no triangle are written as such") {
  CHECK(fields::synthesize({}, {}, {}, {4, 4}).flow == std::vector<float>(32, fields::kFill));
  faceflow::synthesize({nullptr, nullptr, 0, 3, nullptr, 0}, {nullptr, nullptr, 4, 4, 0.0F});
}

TEST_CASE("a 1x1 image is one pixel") {
  const Coordinates source{-1, -1, 3, -1, -1, 3};
  const Coordinates target{0, 1, 4, 1, 0, 5};
  const Fields inside = fields::synthesize(source, target, kOne, {1, 1});
  CHECK(inside.flow == std::vector<float>{1.0F, 2.0F});
  CHECK(inside.valid == std::vector<std::uint8_t>{1});
  const Coordinates away{1, 1, 3, 1, 1, 3};
  CHECK(fields::synthesize(away, away, kOne, {1, 1}).flow ==
        std::vector<float>{fields::kFill, fields::kFill});
}

TEST_CASE("landmarks far outside cover the whole image, or none of it") {
  for (const double far : {1e3, 1e6, 1e8}) {
    const Coordinates source{-far, -far, far, -far, 0, far};
    check_pixels(source, {-far + 1, -far, far, -far + 2, 3, far}, kOne, {13, 17});
    CHECK(fields::synthesize(source, source, kOne, {13, 17}).valid ==
          std::vector<std::uint8_t>(13 * 17, 1));
    for (const int side : {0, 1, 2, 3}) {
      const double sign = side % 2 == 0 ? 1.0 : -1.0;
      const double x = side < 2 ? sign * far : 0.0;
      const double y = side < 2 ? 0.0 : sign * far;
      const Coordinates beside{x, y, x + sign * (side < 2 ? -50 : 50), y + sign * 50, x, y - 9};
      CHECK(fields::synthesize(beside, beside, kOne, {13, 17}).valid ==
            std::vector<std::uint8_t>(13 * 17, 0));
    }
  }
}

TEST_CASE("a steep edge far from its corners is placed to the pixel") {
  Random random(15);
  for (int i = 0; i < 200; ++i) {
    const double far = std::exp2(static_cast<double>(random() % 26));
    Coordinates source{-far, -far, far, far, far, -far};
    for (double& value : source) value += landmarks::whole(random, -2, 2);
    check_pixels(source, fields::moved(random, source, 1.0), kOne, {12, 12});
  }
}

TEST_CASE("an edge that passes a few grid steps beside a pixel centre is on the right side of it") {
  Random random(19);
  const double step = 1.0 / faceflow::kGrid;
  for (int i = 0; i < 600; ++i) {
    const double x = landmarks::whole(random, 2, 13) + landmarks::whole(random, -20, 20) * step;
    const double y = landmarks::whole(random, 2, 13);
    const double dx = landmarks::whole(random, -40, 40) / 8.0;
    const double dy = landmarks::whole(random, 1, 40) / 8.0;
    const double up = landmarks::whole(random, 1, 9);
    const double down = landmarks::whole(random, 1, 9);
    const Coordinates source{x - up * dx,
                             y - up * dy,
                             x + down * dx,
                             y + down * dy,
                             landmarks::whole(random, 0, 15),
                             landmarks::whole(random, 0, 15)};
    check_pixels(source, fields::moved(random, source, 1.0), kOne, {16, 16});
  }
}

TEST_CASE("thin triangles have the pixels on them and the flow of their corners") {
  Random random(16);
  for (const double thickness : {1e-7, 1e-5, 1e-3, 0.1}) {
    for (const double reach : {9.0, 1e4, 1e6}) {
      const Coordinates level{8 - reach, 3, 8 + reach, 3, 8, 3 + thickness};
      const Coordinates steep{3, 8 - reach, 3, 8 + reach, 3 + thickness, 8};
      const Coordinates slanted{8 - reach, 8 - reach, 8 + reach, 8 + reach, 8, 8 - thickness};
      for (const Coordinates& source : {level, steep, slanted}) {
        check_pixels(source, fields::moved(random, source, 9.0), kOne, {17, 17});
        const auto& valid = fields::synthesize(source, source, kOne, {17, 17}).valid;
        CHECK(std::count(valid.begin(), valid.end(), 1) > 8);
      }
    }
  }
  CHECK(fields::synthesize({0, 3, 16, 3, 8, 3}, {0, 3, 16, 3, 8, 9}, kOne, {17, 17}).valid ==
        std::vector<std::uint8_t>(17 * 17, 0));
}

TEST_CASE("the same triangle in every order of its corners gives the same pixels") {
  const Coordinates source{1, 2, 14, 0, 6, 15};
  const Coordinates target{2, 2, 14, 3, 3, 15};
  const Fields expected = fields::synthesize(source, target, kOne, {16, 16});
  for (const Triangle& t : {Triangle{1, 2, 0}, {2, 0, 1}, {0, 2, 1}, {2, 1, 0}, {1, 0, 2}})
    CHECK(fields::synthesize(source, target, {t}, {16, 16}).valid == expected.valid);
}

TEST_CASE("a fill of NaN is written as NaN") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Fields found =
      fields::synthesize({0, 0, 3, 0, 0, 3}, {1, 0, 4, 0, 1, 3}, kOne, {9, 21}, 1, 0, true, nan);
  for (std::size_t i = 0; i < found.valid.size(); ++i)
    REQUIRE(std::isnan(found.flow[2 * i]) == (found.valid[i] == 0));
}

TEST_CASE("flipped triangles are those whose exact orientation is reversed") {
  Random random(17);
  for (int i = 0; i < 200; ++i) {
    const Coordinates source = landmarks::any(random, i, 10);
    const bool collapse = i % 5 == 0;
    const Coordinates target = collapse ? Coordinates(20, 1.0) : fields::moved(random, source, 6.0);
    const auto triangles = fields::triangulate(source);
    if (triangles.empty()) continue;
    std::vector<std::uint8_t> flipped(triangles.size() + 1, fields::kByteGuard);
    faceflow::flipped_triangles(
        {source.data(), target.data(), 1, 10, triangles.front().data(), triangles.size()},
        flipped.data());
    const std::vector<Point> at = landmarks::snapped(target);
    for (std::size_t t = 0; t < triangles.size(); ++t) {
      const auto [a, b, c] = triangles[t];
      REQUIRE(flipped[t] == (naive::twice_area(at[a], at[b], at[c]) < 0 ? 1 : 0));
    }
    REQUIRE(flipped.back() == fields::kByteGuard);
  }
}
