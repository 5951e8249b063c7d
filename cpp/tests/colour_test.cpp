// Flow as a picture: what is unknown, what does not move, and how lengths are shown.
#include "faceflow/colour.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "landmarks.hpp"

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint8_t kGuard = 0xA5;

using Colour = std::array<int, 3>;

std::vector<std::uint8_t> picture(const std::vector<float>& flow, float max_flow) {
  const std::size_t pixels = flow.size() / 2;
  std::vector<std::uint8_t> rgb(3 * pixels + 32, kGuard);
  faceflow::colour_flow(flow.data(), pixels, max_flow, rgb.data() + 16);
  for (std::size_t i = 0; i < 16; ++i) {
    REQUIRE(rgb[i] == kGuard);
    REQUIRE(rgb[16 + 3 * pixels + i] == kGuard);
  }
  return {rgb.begin() + 16, rgb.end() - 16};
}

Colour colour(float u, float v, float max_flow) {
  const auto rgb = picture({u, v}, max_flow);
  return {rgb[0], rgb[1], rgb[2]};
}

const Colour kBlack{0, 0, 0};
const Colour kWhite{255, 255, 255};

}  // namespace

TEST_CASE("unknown pixels are black") {
  for (const float bad : {kNan, kInfinity, -kInfinity, 1e10F, -1e10F, 1.1e9F}) {
    CHECK(colour(bad, 0.0F, 5.0F) == kBlack);
    CHECK(colour(0.0F, bad, 5.0F) == kBlack);
    CHECK(colour(bad, bad, 5.0F) == kBlack);
  }
}

TEST_CASE("what does not move is white, whatever the scale") {
  for (const float max_flow : {1e-38F, 1e-20F, 1.0F, 1e9F}) {
    CHECK(colour(0.0F, 0.0F, max_flow) == kWhite);
    CHECK(colour(-0.0F, 0.0F, max_flow) == kWhite);
    CHECK(colour(0.0F, -0.0F, max_flow) == kWhite);
  }
}

TEST_CASE("the longest known vector is found") {
  const std::vector<float> flow{3, 4, kNan, 100, 1e10F, 0, -6, 8, 0, kInfinity, 1, 1};
  CHECK(faceflow::max_magnitude(flow.data(), 6) == 10.0F);
  CHECK(faceflow::max_magnitude(flow.data(), 1) == 5.0F);
  CHECK(faceflow::max_magnitude(flow.data(), 0) == 0.0F);
  const std::vector<float> unknown{kNan, kNan, 1e10F, 1e10F};
  CHECK(faceflow::max_magnitude(unknown.data(), 2) == 0.0F);
}

TEST_CASE("the longest vector is found wherever it stands") {
  for (std::size_t pixels = 1; pixels < 40; ++pixels)
    for (std::size_t at = 0; at < pixels; ++at) {
      std::vector<float> flow(2 * pixels, 0.25F);
      flow[2 * at + 1] = -12.0F;
      flow[2 * at] = 5.0F;
      REQUIRE(faceflow::max_magnitude(flow.data(), pixels) == 13.0F);
    }
}

TEST_CASE("rightward flow of full length is red, leftward cyan") {
  CHECK(colour(4.0F, 0.0F, 4.0F) == Colour{255, 0, 0});
  const Colour left = colour(-4.0F, 0.0F, 4.0F);
  CHECK(left[0] == 0);
  CHECK(left[1] > 180);
  CHECK(left[2] > 180);
}

TEST_CASE("a longer vector is stronger up to the scale, and darkened beyond it") {
  Colour before = kWhite;
  for (const float length : {1.0F, 2.0F, 3.0F, 4.0F}) {
    const Colour now = colour(length, 0.0F, 4.0F);
    CHECK(now[0] == 255);
    CHECK(now[1] < before[1]);
    before = now;
  }
  CHECK(colour(5.0F, 0.0F, 4.0F) == Colour{191, 0, 0});
  CHECK(colour(5000.0F, 0.0F, 4.0F) == Colour{191, 0, 0});
}

TEST_CASE("a pixel's colour does not depend on where it stands") {
  landmarks::Random random(18);
  for (const std::size_t pixels : {1U, 7U, 255U, 256U, 257U, 600U}) {
    std::vector<float> flow(2 * pixels);
    for (float& value : flow) value = static_cast<float>(landmarks::uniform(random, -6.0, 6.0));
    flow[2 * (pixels / 2)] = kNan;
    const auto whole = picture(flow, 5.0F);
    for (std::size_t i = 0; i < pixels; ++i) {
      const Colour alone = colour(flow[2 * i], flow[2 * i + 1], 5.0F);
      REQUIRE(alone == Colour{whole[3 * i], whole[3 * i + 1], whole[3 * i + 2]});
    }
  }
}

TEST_CASE("vectors of any size are drawn without overflow") {
  for (const float length : {1e-38F, 1e-30F, 1e-10F, 1e9F})
    for (const float max_flow : {1e-38F, 1e-10F, 1.0F, 1e9F}) {
      const Colour found = colour(length, -length, max_flow);
      for (const int channel : found) CHECK((channel >= 0 && channel <= 255));
    }
}
