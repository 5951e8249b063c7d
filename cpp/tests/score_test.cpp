// Errors that are counted: which pixels, in which rows and bins, and that none beyond is touched.
#include "faceflow/score.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace {

struct Counted {
  std::vector<std::int64_t> table = std::vector<std::int64_t>(faceflow::kRows * faceflow::kColumns);
  std::vector<std::int64_t> endpoints =
      std::vector<std::int64_t>(faceflow::kRows * faceflow::kBins);
  std::vector<std::int64_t> angles = std::vector<std::int64_t>(faceflow::kBins);
  std::size_t refused = 0;

  std::int64_t at(std::size_t row, faceflow::Column column) const {
    return table[row * faceflow::kColumns + column];
  }
};

Counted score(const std::vector<float>& pred, const std::vector<float>& gt,
              const std::vector<std::uint8_t>& flags, std::uint8_t region = 0) {
  const std::vector<std::uint8_t> regions(flags.size(), region);
  const std::vector<std::uint8_t> difference(3 * flags.size(), 5);
  Counted counted;
  counted.refused = faceflow::score(
      {pred.data(), gt.data(), flags.data(), regions.data(), difference.data(), flags.size()},
      {counted.table.data(), counted.endpoints.data(), counted.angles.data()});
  return counted;
}

}  // namespace

TEST_CASE("errors of two pixels, by hand") {
  const Counted counted = score({3, 4, 1, 0}, {0, 0, 0, 0}, {1, 3}, 2);
  CHECK(counted.at(2, faceflow::kPixels) == 2);
  CHECK(counted.at(2, faceflow::kEndpoint) == 6 << 20);
  const double angles = std::atan2(5.0, 1.0) + std::atan2(1.0, 1.0);
  CHECK(static_cast<double>(counted.at(2, faceflow::kAngle)) / (1 << 20) ==
        doctest::Approx(angles * 180 / std::acos(-1.0)));
  CHECK(counted.at(2, faceflow::kOverOne) == 1);
  CHECK(counted.at(2, faceflow::kOutliers) == 1);
  CHECK(counted.at(2, faceflow::kDifference) == 15);
  CHECK(counted.at(2, faceflow::kCompared) == 1);
  CHECK(counted.at(faceflow::kRegions, faceflow::kPixels) == 2);
}

TEST_CASE("identical fields have no error at all") {
  const std::vector<float> field{0.1F, -7, 1e4F, 3, 1e-20F, 0, -0.0F, 5};
  const Counted counted = score(field, field, {1, 1, 1, 1});
  CHECK(counted.at(0, faceflow::kEndpoint) == 0);
  CHECK(counted.at(0, faceflow::kAngle) == 0);
  CHECK(counted.endpoints[0] == 4);
  CHECK(counted.angles[0] == 4);
}

TEST_CASE("a difference counts where no truth is known, in no class of lengths") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Counted counted = score({1, 1}, {nan, nan}, {2});
  CHECK(counted.at(0, faceflow::kCompared) == 1);
  CHECK(counted.at(0, faceflow::kPixels) == 0);
  for (std::size_t row = faceflow::kRegions; row < faceflow::kRows; ++row)
    CHECK(counted.at(row, faceflow::kCompared) == 0);
}

TEST_CASE("vectors that are not finite or too long are refused, and counted nowhere") {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Counted counted =
      score({nan, 0, inf, 0, 7e4F, 0, 1, 1}, {0, 0, 0, 0, 0, 0, nan, 1}, {1, 3, 1, 1});
  CHECK(counted.refused == 4);
  CHECK(std::accumulate(counted.table.begin(), counted.table.end(), std::int64_t{0}) == 0);
}

TEST_CASE("fields of every length around a whole number of blocks") {
  for (std::size_t pixels = 0; pixels < 140; ++pixels) {
    const Counted counted =
        score(std::vector<float>(2 * pixels, 65535.0F),
              std::vector<float>(2 * pixels, 65535.0F - 20), std::vector<std::uint8_t>(pixels, 0));
    CHECK(counted.at(0, faceflow::kPixels) == 0);
    const Counted all = score(std::vector<float>(2 * pixels, 2), std::vector<float>(2 * pixels, 1),
                              std::vector<std::uint8_t>(pixels, 1), 6);
    CHECK(all.at(6, faceflow::kPixels) == static_cast<std::int64_t>(pixels));
    CHECK(all.at(faceflow::kRegions + 2, faceflow::kPixels) == static_cast<std::int64_t>(pixels));
  }
}

TEST_CASE("bins hold what their edges say") {
  for (const float error : {0.0F, 0x1p-11F, 0x1p-10F, 0.5F, 1.0F, 1.0078125F, 1.99F, 65536.0F}) {
    const Counted counted = score({error, 0}, {0, 0}, {1});
    std::size_t bin = 0;
    while (counted.endpoints[bin] == 0) ++bin;
    std::size_t expected = error > 0 ? 1 : 0;
    if (error >= 0x1p-10F) {
      int power = 0;
      const double share = 2 * std::frexp(static_cast<double>(error), &power) - 1;
      expected = 2 + static_cast<std::size_t>((power - 1 + 10) * 128 + share * 128);
      expected = std::min(expected, faceflow::kBins - 1);
    }
    CHECK(bin == expected);
  }
}
