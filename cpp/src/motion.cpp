#include "faceflow/motion.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "clones.hpp"

namespace faceflow {
namespace {

constexpr std::size_t kLanes = 8;

struct Lanes {
  std::array<double, kLanes> sum{};
  std::array<float, kLanes> longest{};
  std::size_t pixels = 0;
};

FACEFLOW_INLINE void add(const float* flow, const std::uint8_t* valid, std::size_t count,
                         Lanes& lanes) {
  for (std::size_t i = 0; i < count; ++i) {
    const float u = flow[2 * i];
    const float v = flow[2 * i + 1];
    const float length = std::sqrt(u * u + v * v);
    const float counted = valid[i] != 0 ? length : 0.0F;
    lanes.sum[i] += static_cast<double>(counted);
    lanes.longest[i] = counted > lanes.longest[i] ? counted : lanes.longest[i];
    lanes.pixels += valid[i] != 0 ? 1 : 0;
  }
}

}  // namespace

FACEFLOW_CLONES
Motion measure_motion(const float* flow, const std::uint8_t* valid, std::size_t pixels) {
  Lanes lanes;
  const std::size_t whole = pixels - pixels % kLanes;
  for (std::size_t begin = 0; begin < whole; begin += kLanes) {
    std::uint64_t any;  // most of a frame lies outside the face: eight pixels are passed at once
    std::memcpy(&any, valid + begin, sizeof any);
    if (any != 0) add(flow + 2 * begin, valid + begin, kLanes, lanes);
  }
  add(flow + 2 * whole, valid + whole, pixels - whole, lanes);
  double sum = 0.0;
  for (const double lane : lanes.sum) sum += lane;
  return {lanes.pixels, sum, *std::max_element(lanes.longest.begin(), lanes.longest.end())};
}

}  // namespace faceflow
