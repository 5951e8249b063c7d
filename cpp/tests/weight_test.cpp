// Flow with its weight: three numbers a pixel.
#include "faceflow/weight.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

TEST_CASE("what is not valid is 0 with its weight, whatever the flow there is") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> flow{1.5F, -2.0F, nan, nan, 3.0F, 4.0F};
  const std::vector<std::uint8_t> valid{1, 0, 0};
  for (const float elsewhere : {0.0F, 1.0F}) {
    std::vector<float> out(10, 77.0F);
    faceflow::weigh_flow(flow.data(), valid.data(), 3, elsewhere, out.data());
    CHECK(out == std::vector<float>{1.5F, -2.0F, 1, 0, 0, elsewhere, 0, 0, elsewhere, 77});
  }
  faceflow::weigh_flow(nullptr, nullptr, 0, 0, nullptr);
}
