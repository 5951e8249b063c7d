#include "faceflow/colour.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "clones.hpp"

namespace faceflow {
namespace {

constexpr int kHues = 55;
constexpr float kUnknown = 1e9F;
constexpr std::size_t kBatch = 64;

// Red, green, blue and one more to fill a vector. GCC and clang lower it to what there is.
using Colour = float __attribute__((vector_size(16)));

// What a hue lacks of white, 0 to 255 for each channel, and how that changes to the next hue.
struct Hue {
  alignas(Colour) float missing[4];
  alignas(Colour) float change[4];
};

using Wheel = std::array<Hue, kHues>;

// The wheel's segments from one primary or secondary colour to the next, each ramping one channel
// up or down.
constexpr Wheel make_wheel() {
  struct Segment {
    int hues;
    int full;     // channel that stays at 255
    int ramping;  // channel that changes
    bool rising;
  };
  constexpr Segment kSegments[] = {{15, 0, 1, true},  {6, 1, 0, false}, {4, 1, 2, true},
                                   {11, 2, 1, false}, {13, 2, 0, true}, {6, 0, 2, false}};
  Wheel wheel{};
  int hue = 0;
  for (const Segment& segment : kSegments) {
    for (int i = 0; i < segment.hues; ++i, ++hue) {
      const int level = 255 * i / segment.hues;
      for (float& missing : wheel[hue].missing) missing = 255.0F;
      wheel[hue].missing[segment.full] = 0.0F;
      wheel[hue].missing[segment.ramping] =
          static_cast<float>(segment.rising ? 255 - level : level);
    }
  }
  for (int i = 0; i < kHues; ++i)
    for (int c = 0; c < 4; ++c)
      wheel[i].change[c] = wheel[(i + 1) % kHues].missing[c] - wheel[i].missing[c];
  return wheel;
}

constexpr Wheel kWheel = make_wheel();

// A batch of pixels, measured: colour = top - weight (what the hue lacks of white).
struct Measures {
  std::array<float, kBatch> hue;
  std::array<float, kBatch> top;
  std::array<float, kBatch> weight;
};

// Position on the wheel, 0 to 54, of the direction opposite to (u, v), as the wheel has it. The
// polynomial is Hastings' for the arc tangent on [0, 1] (Approximations for Digital Computers,
// 1955, sheet 13): within 1e-5 rad, a hundredth of a colour level.
FACEFLOW_INLINE float hue_of(float u, float v) {
  const float x = std::fabs(u);
  const float y = std::fabs(v);
  const float longer = x > y ? x : y;
  const float shorter = x > y ? y : x;
  const float t = shorter / (longer + 1e-30F);
  const float s = t * t;
  const float acute =
      t *
      (0.99986600F + s * (-0.33029950F + s * (0.18014100F + s * (-0.08513300F + s * 0.02083510F))));
  constexpr float kPi = 3.14159265F;
  // Each alternative is computed, so that the compiler may choose among them lane by lane.
  const float steep = 0.5F * kPi - acute;
  const float upper = x > y ? acute : steep;  // of (|u|, |v|)
  const float mirrored = kPi - upper;
  const float above = u > 0.0F ? mirrored : upper;  // of (-u, |v|)
  const float below = -above;
  const float angle = v >= 0.0F ? below : above;  // of (-u, -v)
  constexpr float kHalfTurn = 0.5F * (kHues - 1);
  const float hue = kHalfTurn + angle * (kHalfTurn / kPi);
  const float least = hue < 0.0F ? 0.0F : hue;
  return least > kHues - 1 ? static_cast<float>(kHues - 1) : least;
}

// Vectors longer than `max_flow` are darkened, unknown ones black.
FACEFLOW_INLINE void measure(const float* flow, std::size_t count, float max_flow,
                             Measures& measures) {
  for (std::size_t i = 0; i < count; ++i) {
    const float flow_u = flow[2 * i];
    const float flow_v = flow[2 * i + 1];
    const bool known = (std::fabs(flow_u) <= kUnknown) & (std::fabs(flow_v) <= kUnknown);
    const float u = known ? flow_u : 0.0F;
    const float v = known ? flow_v : 0.0F;
    // Divided last, so that the longest vector's is exactly 1.
    const float radius = std::sqrt(u * u + v * v) / max_flow;
    const bool near = radius <= 1.0F;
    const float top = near ? 255.0F : 0.75F * 255.0F;
    const float weight = near ? radius : 0.75F;
    measures.hue[i] = hue_of(u, v);
    measures.top[i] = known ? top : 0.0F;
    measures.weight[i] = known ? weight : 0.0F;
  }
}

FACEFLOW_INLINE void paint(const Measures& measures, std::size_t count, std::uint8_t* rgb) {
  using Levels = std::int32_t __attribute__((vector_size(16)));
  for (std::size_t i = 0; i < count; ++i, rgb += 3) {
    const auto whole = static_cast<std::int32_t>(measures.hue[i]);
    const float part = measures.hue[i] - static_cast<float>(whole);
    const Hue& hue = kWheel[whole];
    Colour missing, change;
    std::memcpy(&missing, hue.missing, sizeof missing);
    std::memcpy(&change, hue.change, sizeof change);
    const Colour colour = measures.top[i] - measures.weight[i] * (missing + part * change);
    const Levels levels = __builtin_convertvector(colour, Levels);
    for (int c = 0; c < 3; ++c) rgb[c] = static_cast<std::uint8_t>(levels[c]);
  }
}

// False only where no component is a number within bounds.
FACEFLOW_INLINE bool any_known(const float* flow, std::size_t count) {
  int known = 0;
  for (std::size_t i = 0; i < 2 * count; ++i) known |= std::fabs(flow[i]) <= kUnknown ? 1 : 0;
  return known != 0;
}

FACEFLOW_CLONES
void colour_batch(const float* flow, std::size_t count, float max_flow, std::uint8_t* rgb) {
  if (!any_known(flow, count)) {  // as over most of a frame with one face
    std::memset(rgb, 0, 3 * count);
    return;
  }
  Measures measures;
  measure(flow, count, max_flow, measures);
  paint(measures, count, rgb);
}

}  // namespace

// Several maxima side by side, as one would wait for each comparison before the next.
FACEFLOW_CLONES
float max_magnitude(const float* flow, std::size_t pixels) {
  constexpr std::size_t kLanes = 8;
  std::array<float, kLanes> largest{};
  for (std::size_t begin = 0; begin < pixels; begin += kLanes) {
    const std::size_t count = std::min(kLanes, pixels - begin);
    for (std::size_t i = 0; i < count; ++i) {
      const float u = flow[2 * (begin + i)];
      const float v = flow[2 * (begin + i) + 1];
      const bool known = (std::fabs(u) <= kUnknown) & (std::fabs(v) <= kUnknown);
      const float squared = u * u + v * v;
      const float candidate = known ? squared : 0.0F;
      largest[i] = candidate > largest[i] ? candidate : largest[i];
    }
  }
  return std::sqrt(*std::max_element(largest.begin(), largest.end()));
}

void colour_flow(const float* flow, std::size_t pixels, float max_flow, std::uint8_t* rgb) {
  for (std::size_t begin = 0; begin < pixels; begin += kBatch)
    colour_batch(flow + 2 * begin, std::min(kBatch, pixels - begin), max_flow, rgb + 3 * begin);
}

}  // namespace faceflow
