// Sets of landmarks that are known to be hard, and random ones.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "faceflow/triangle.hpp"

namespace landmarks {

using Random = std::mt19937_64;
using Coordinates = std::vector<double>;  // x, y pairs

inline double uniform(Random& random, double low, double high) {
  return low + (high - low) * (static_cast<double>(random() >> 11) / 9007199254740992.0);
}

inline double whole(Random& random, int low, int high) {
  return low + static_cast<double>(random() % static_cast<std::uint64_t>(high - low + 1));
}

inline Coordinates uniform_points(Random& random, std::size_t count, double low, double high) {
  Coordinates points(2 * count);
  for (double& value : points) value = uniform(random, low, high);
  return points;
}

inline Coordinates whole_points(Random& random, std::size_t count, int low, int high) {
  Coordinates points(2 * count);
  for (double& value : points) value = whole(random, low, high);
  return points;
}

inline Coordinates grid(int columns, int rows, double step) {
  Coordinates points;
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < columns; ++x) points.insert(points.end(), {x * step, y * step});
  return points;
}

// One point in the middle of a circle of `spokes` others.
inline Coordinates hub_and_spokes(int spokes, double radius) {
  Coordinates points{0.0, 0.0};
  for (int i = 0; i < spokes; ++i) {
    const double angle = 6.283185307179586 * i / spokes;
    points.insert(points.end(), {radius * std::cos(angle), radius * std::sin(angle)});
  }
  return points;
}

// Nearly on a line, off it by less than a pixel's grid step up to a thousandth of a pixel.
inline Coordinates nearly_collinear(Random& random, std::size_t count) {
  const double offsets[] = {0.0, 1e-9, 1e-7, 1e-3};
  Coordinates points;
  for (std::size_t i = 0; i < count; ++i) {
    const double along = 1.1 * static_cast<double>(i);
    points.insert(points.end(), {along, along + offsets[random() % 4]});
  }
  return points;
}

// One of the above and others, by number.
inline constexpr int kKinds = 8;
inline Coordinates any(Random& random, int kind, std::size_t count) {
  switch (kind % kKinds) {
    case 0:
      return uniform_points(random, count, -2.0, 22.0);
    case 1:
      return whole_points(random, count, -2, 21);
    case 2:
      return uniform_points(random, count, -1e6, 1e6);
    case 3:
      return uniform_points(random, count, -1e8, 1e8);
    case 4:
      return nearly_collinear(random, count);
    case 5:
      return whole_points(random, count, 0, 3);
    case 6:
      return uniform_points(random, count, 10.0, 10.0 + 1e-6);
    default: {
      Coordinates points = whole_points(random, count, 0, 40);
      for (double& value : points) value /= 2.0;
      return points;
    }
  }
}

inline std::vector<faceflow::Point> snapped(const Coordinates& points) {
  std::vector<faceflow::Point> result;
  for (std::size_t i = 0; i < points.size(); i += 2)
    result.push_back(faceflow::snap(points[i], points[i + 1]));
  return result;
}

}  // namespace landmarks
