// Flow with its weight: three numbers a pixel.
#include "faceflow/weight.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

using faceflow::FieldView;
using faceflow::PairsView;
using faceflow::WeighedView;

TEST_CASE("flow with its weight is flow and mask put together, each field of its own size") {
  const std::vector<double> source{1, 1, 9, 2, 3, 8, 0.5, 0.5, 4.5, 1, 1.5, 4};
  std::vector<double> target = source;
  for (std::size_t i = 0; i < target.size(); ++i) target[i] += 0.25 * static_cast<double>(i % 5);
  const std::vector<std::int32_t> triangles{0, 1, 2};
  const PairsView pairs{source.data(), target.data(), 2, 3, triangles.data(), 1};
  std::vector<float> flow(2 * (10 * 11 + 5 * 6));
  std::vector<std::uint8_t> valid(flow.size() / 2);
  const FieldView fields[]{{flow.data(), valid.data(), 10, 11},
                           {flow.data() + 220, valid.data() + 110, 5, 6}};
  faceflow::synthesize_each(pairs, fields, 0);
  for (const float elsewhere : {0.0F, 1.0F}) {
    std::vector<float> expected;
    for (std::size_t i = 0; i < valid.size(); ++i) {
      const float weight = valid[i] != 0 ? 1.0F : elsewhere;
      expected.insert(expected.end(), {flow[2 * i], flow[2 * i + 1], weight});
    }
    std::vector<float> out(3 * valid.size() + 1, 77.0F);
    const WeighedView weighed[]{{out.data(), 10, 11}, {out.data() + 330, 5, 6}};
    faceflow::synthesize_weighed(pairs, weighed, elsewhere);
    CHECK(out.back() == 77.0F);
    out.pop_back();
    CHECK(out == expected);
  }
}

TEST_CASE("fields without pixels, and no pairs at all, are nothing to do") {
  const std::vector<double> corners{0, 0, 1, 0, 0, 1};
  const std::vector<std::int32_t> triangles{0, 1, 2};
  const PairsView one{corners.data(), corners.data(), 1, 3, triangles.data(), 1};
  const WeighedView nothing{nullptr, 0, 4};
  faceflow::synthesize_weighed(one, &nothing, 0);
  faceflow::synthesize_weighed({nullptr, nullptr, 0, 0, nullptr, 0}, nullptr, 0);
}
