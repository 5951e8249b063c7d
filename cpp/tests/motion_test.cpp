// How much a field moves: which pixels count, and that none beyond the field is looked at.
#include "faceflow/motion.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

TEST_CASE("only valid pixels count, whatever the others hold") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> flow{3, 4, nan, nan, 1e10F, 1e10F, 0, -5, 6, 8};
  const std::vector<std::uint8_t> valid{1, 0, 0, 1, 0};
  const faceflow::Motion motion = faceflow::measure_motion(flow.data(), valid.data(), 5);
  CHECK(motion.pixels == 2);
  CHECK(motion.sum == 10.0);
  CHECK(motion.longest == 5.0);
}

TEST_CASE("fields of every length around a whole number of lanes") {
  for (std::size_t pixels = 0; pixels < 40; ++pixels) {
    const std::vector<float> flow(2 * pixels, 1.0F);
    const std::vector<std::uint8_t> valid(pixels, 1);
    const faceflow::Motion motion = faceflow::measure_motion(flow.data(), valid.data(), pixels);
    CHECK(motion.pixels == pixels);
    CHECK(motion.sum == doctest::Approx(std::sqrt(2.0) * static_cast<double>(pixels)));
    CHECK(motion.longest == doctest::Approx(pixels > 0 ? std::sqrt(2.0) : 0.0));
  }
}

TEST_CASE("nothing valid moves nothing") {
  const std::vector<float> flow(64, 7.0F);
  const std::vector<std::uint8_t> valid(32, 0);
  const faceflow::Motion motion = faceflow::measure_motion(flow.data(), valid.data(), 32);
  CHECK(motion.pixels == 0);
  CHECK(motion.sum == 0.0);
  CHECK(motion.longest == 0.0);
}
