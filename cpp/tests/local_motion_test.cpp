// What a flow leaves to move: smallest sides, flow that leads anywhere, and what the answers mean.
#include "faceflow/local_motion.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

struct Frame {
  std::vector<float> grey;
  std::vector<float> band;
};

// A smooth picture of waves, moved by (u, v).
Frame waves(std::size_t height, std::size_t width, double u, double v) {
  Frame frame{std::vector<float>(height * width), std::vector<float>(height * width)};
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const double px = static_cast<double>(x) - u;
      const double py = static_cast<double>(y) - v;
      frame.grey[y * width + x] =
          static_cast<float>(120 + 40 * std::sin(px / 2.1 + 0.3 * py) + 40 * std::cos(py / 2.7));
    }
  faceflow::band_pass(frame.grey.data(), height, width, frame.band.data());
  return frame;
}

std::vector<float> features(const Frame& first, const Frame& second, const std::vector<float>& flow,
                            std::size_t height, std::size_t width) {
  std::vector<float> found(faceflow::kLocalMotionChannels * height * width / 4);
  faceflow::local_motion({first.grey.data(), first.band.data()}, second.band.data(), flow.data(),
                         height, width, found.data());
  return found;
}

}  // namespace

TEST_CASE("every even size, and flow that leads anywhere, is read within bounds") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  for (std::size_t height = 2; height <= 16; height += 2)
    for (std::size_t width = 2; width <= 16; width += 2)
      for (const float far : {0.0F, 0.5F, -3.0F, 1e9F, -inf, inf, nan}) {
        const Frame frame = waves(height, width, 0, 0);
        const std::vector<float> flow(2 * height * width, far);
        const std::vector<float> found = features(frame, frame, flow, height, width);
        if (std::isfinite(far))
          CHECK(std::all_of(found.begin(), found.end(), [](float f) { return std::isfinite(f); }));
      }
}

TEST_CASE("the answers are the motion that is left") {
  constexpr std::size_t kHeight = 40;
  constexpr std::size_t kWidth = 48;
  const Frame first = waves(kHeight, kWidth, 0, 0);
  const Frame second = waves(kHeight, kWidth, 1.3, -0.8);
  std::vector<float> flow(2 * kHeight * kWidth);
  for (std::size_t i = 0; i < flow.size(); i += 2) {
    flow[i] = 1.0F;
    flow[i + 1] = -1.0F;
  }
  const std::vector<float> found = features(first, second, flow, kHeight, kWidth);
  constexpr std::size_t kPlane = kHeight * kWidth / 4;
  constexpr std::size_t kMiddle = kHeight / 4 * (kWidth / 2) + kWidth / 4;
  for (const std::size_t window : {10, 16, 22}) {
    CHECK(found[window * kPlane + kMiddle] == doctest::Approx(0.3).epsilon(0.15));
    CHECK(found[(window + 1) * kPlane + kMiddle] == doctest::Approx(0.2).epsilon(0.15));
  }
}

TEST_CASE("grey levels and halves are plain means") {
  const std::vector<std::uint8_t> rgb{255, 255, 255, 0, 0, 0, 100, 0, 0, 0, 100, 0};
  std::vector<float> grey(4);
  faceflow::grey_levels(rgb.data(), 4, grey.data());
  CHECK(grey[0] == doctest::Approx(255));
  CHECK(grey[1] == 0.0F);
  CHECK(grey[2] == doctest::Approx(29.9));
  CHECK(grey[3] == doctest::Approx(58.7));
  float half = 0;
  faceflow::halve(grey.data(), 2, 2, &half);
  CHECK(half == doctest::Approx((255 + 29.9 + 58.7) / 4));
}
