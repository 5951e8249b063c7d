// Calls of the synthesis kernel into buffers with guards around them.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "faceflow/delaunay.hpp"
#include "faceflow/synthesis.hpp"
#include "landmarks.hpp"

namespace fields {

inline constexpr float kFill = -77.25F;
inline constexpr float kGuard = 12345.5F;
inline constexpr std::uint8_t kByteGuard = 0xA5;
inline constexpr std::size_t kMargin = 40;

struct Size {
  std::size_t height;
  std::size_t width;
};

struct Fields {
  std::vector<float> flow;
  std::vector<std::uint8_t> valid;

  bool operator==(const Fields& other) const {
    return flow.size() == other.flow.size() && valid == other.valid &&
           std::memcmp(flow.data(), other.flow.data(), flow.size() * sizeof(float)) == 0;
  }
};

// `pairs` pairs lie one after another in `source` and `target`. `shift` floats of a longer guard
// move the field off any alignment but that of a float.
inline Fields synthesize(const landmarks::Coordinates& source, const landmarks::Coordinates& target,
                         const std::vector<faceflow::Triangle>& triangles, Size size,
                         std::size_t pairs = 1, std::size_t shift = 0, bool with_valid = true,
                         float fill = kFill) {
  const std::size_t pixels = pairs * size.height * size.width;
  const std::size_t before = kMargin + shift;
  std::vector<float> flow(2 * pixels + before + kMargin, kGuard);
  std::vector<std::uint8_t> valid(pixels + before + kMargin, kByteGuard);
  const std::int32_t* indices = triangles.empty() ? nullptr : triangles.front().data();
  faceflow::synthesize(
      {source.data(), target.data(), pairs, source.size() / (2 * pairs), indices, triangles.size()},
      {flow.data() + before, with_valid ? valid.data() + before : nullptr, size.height, size.width,
       fill});
  for (std::size_t i = 0; i < before; ++i) {
    REQUIRE(flow[i] == kGuard);
    REQUIRE(valid[i] == kByteGuard);
  }
  for (std::size_t i = 0; i < kMargin; ++i) {
    REQUIRE(flow[before + 2 * pixels + i] == kGuard);
    REQUIRE(valid[before + pixels + i] == kByteGuard);
  }
  const auto at = static_cast<std::ptrdiff_t>(before);
  const auto count = static_cast<std::ptrdiff_t>(pixels);
  Fields result{{flow.begin() + at, flow.begin() + at + 2 * count}, {}};
  if (with_valid) result.valid.assign(valid.begin() + at, valid.begin() + at + count);
  return result;
}

inline landmarks::Coordinates moved(landmarks::Random& random, landmarks::Coordinates points,
                                    double reach) {
  for (double& value : points) value += landmarks::uniform(random, -reach, reach);
  return points;
}

inline std::vector<faceflow::Triangle> triangulate(const landmarks::Coordinates& points) {
  return faceflow::triangulate(points.data(), points.size() / 2);
}

}  // namespace fields
