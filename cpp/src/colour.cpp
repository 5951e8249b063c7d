#include "faceflow/colour.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "clones.hpp"

namespace faceflow {
namespace {

constexpr int kHues = 55;
constexpr float kUnknown = 1e9F;
constexpr std::size_t kBatch = 256;

using Wheel = std::array<std::array<float, 3>, kHues + 1>;

// The wheel's segments from one primary or secondary colour to the next, each ramping one channel
// up or down. The first hue stands again at the end, so that interpolation needs no wrap.
constexpr Wheel make_wheel() {
  struct Segment {
    int hues;
    int full;     // channel that stays at 255
    int ramping;  // channel that changes
    bool rising;
  };
  constexpr Segment kSegments[] = {{15, 0, 1, true}, {6, 1, 0, false}, {4, 1, 2, true},
                                   {11, 2, 1, false}, {13, 2, 0, true}, {6, 0, 2, false}};
  Wheel wheel{};
  int hue = 0;
  for (const Segment& segment : kSegments) {
    for (int i = 0; i < segment.hues; ++i, ++hue) {
      const int level = 255 * i / segment.hues;
      wheel[hue][segment.full] = 1.0F;
      wheel[hue][segment.ramping] =
          static_cast<float>(segment.rising ? level : 255 - level) / 255.0F;
    }
  }
  wheel[kHues] = wheel[0];
  return wheel;
}

constexpr Wheel kWheel = make_wheel();

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
  float angle = t * (0.99986600F +
                     s * (-0.33029950F + s * (0.18014100F + s * (-0.08513300F + s * 0.02083510F))));
  constexpr float kPi = 3.14159265F;
  angle = x > y ? angle : 0.5F * kPi - angle;
  angle = u > 0.0F ? kPi - angle : angle;   // of (-u, |v|)
  angle = v >= 0.0F ? -angle : angle;       // of (-u, -v)
  const float hue = (angle / kPi + 1.0F) * 0.5F * (kHues - 1);
  return hue < 0.0F ? 0.0F : hue > kHues - 1 ? static_cast<float>(kHues - 1) : hue;
}

FACEFLOW_CLONES
void measure(const float* flow, std::size_t count, float scale, float* hues, float* radii) {
  for (std::size_t i = 0; i < count; ++i) {
    const float u = flow[2 * i] * scale;
    const float v = flow[2 * i + 1] * scale;
    hues[i] = hue_of(u, v);
    radii[i] = std::sqrt(u * u + v * v);
  }
}

bool known(float u, float v) { return std::fabs(u) <= kUnknown && std::fabs(v) <= kUnknown; }

void paint(float hue, float radius, std::uint8_t* rgb) {
  const int index = static_cast<int>(hue);
  const float part = hue - static_cast<float>(index);
  for (int c = 0; c < 3; ++c) {
    const float pure = (1.0F - part) * kWheel[index][c] + part * kWheel[index + 1][c];
    const float level = radius <= 1.0F ? 1.0F - radius * (1.0F - pure) : pure * 0.75F;
    rgb[c] = static_cast<std::uint8_t>(255.0F * level);
  }
}

}  // namespace

FACEFLOW_CLONES
float max_magnitude(const float* flow, std::size_t pixels) {
  float largest = 0.0F;
  for (std::size_t i = 0; i < pixels; ++i) {
    const float u = flow[2 * i];
    const float v = flow[2 * i + 1];
    const float squared =
        (std::fabs(u) <= kUnknown) & (std::fabs(v) <= kUnknown) ? u * u + v * v : 0.0F;
    largest = squared > largest ? squared : largest;
  }
  return std::sqrt(largest);
}

void colour_flow(const float* flow, std::size_t pixels, float max_flow, std::uint8_t* rgb) {
  std::array<float, kBatch> hues;
  std::array<float, kBatch> radii;
  const float scale = max_flow > 0.0F ? 1.0F / max_flow : 0.0F;
  for (std::size_t begin = 0; begin < pixels; begin += kBatch) {
    const std::size_t count = std::min(kBatch, pixels - begin);
    measure(flow + 2 * begin, count, scale, hues.data(), radii.data());
    for (std::size_t i = 0; i < count; ++i) {
      const float* const at = flow + 2 * (begin + i);
      std::uint8_t* const out = rgb + 3 * (begin + i);
      if (known(at[0], at[1])) {
        paint(hues[i], radii[i], out);
      } else {
        std::fill(out, out + 3, std::uint8_t{0});
      }
    }
  }
}

}  // namespace faceflow
