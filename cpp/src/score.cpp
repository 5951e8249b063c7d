#include "faceflow/score.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "clones.hpp"

namespace faceflow {
namespace {

constexpr std::size_t kBlock = 64;
constexpr double kUnits = 1048576.0;  // 2^20
constexpr double kLongest = 65536.0;
constexpr double kDegrees = 57.295779513082320877;
constexpr double kHalfPi = 1.57079632679489661923;
constexpr double kPi = 3.14159265358979323846;

struct Block {
  std::array<double, kBlock> endpoint;
  std::array<double, kBlock> angle;
  std::array<double, kBlock> length;
};

// atan2(y, x) in degrees for y >= 0, x and y not both 0; as in Cephes, by S. Moshier, which is
// good to 2^-52. Written out, as libraries differ in the last bit, and since this is vectorised.
FACEFLOW_INLINE double angle_of(double y, double x) {
  const double reach = std::fabs(x);
  const double low = y < reach ? y : reach;
  const double high = y < reach ? reach : y;
  const bool steep = low > 0.66 * high;
  const double t = (steep ? low - high : low) / (steep ? low + high : high);
  const double z = t * t;
  const double p = (((-8.750608600031904122785e-1 * z - 1.615753718733365076637e1) * z -
                     7.500855792314704667340e1) *
                        z -
                    1.228866684490136173410e2) *
                       z -
                   6.485021904942025371773e1;
  const double q = ((((z + 2.485846490142306297962e1) * z + 1.650270098316988542046e2) * z +
                     4.328810604912902668951e2) *
                        z +
                    4.853903996359136964868e2) *
                       z +
                   1.945506571482613964425e2;
  const double shallow = t * (z * p / q) + t;
  const double eighth = steep ? kHalfPi * 0.5 + shallow : shallow;
  const double quarter = y < reach ? eighth : kHalfPi - eighth;
  return (x < 0.0 ? kPi - quarter : quarter) * kDegrees;
}

FACEFLOW_INLINE void measure(const float* pred, const float* gt, std::size_t count, Block& block) {
  for (std::size_t i = 0; i < count; ++i) {
    const double pu = pred[2 * i];
    const double pv = pred[2 * i + 1];
    const double gu = gt[2 * i];
    const double gv = gt[2 * i + 1];
    const double du = pu - gu;
    const double dv = pv - gv;
    const double apart = du * du + dv * dv;
    const double normal = pu * gv - pv * gu;
    block.endpoint[i] = std::sqrt(apart);
    block.length[i] = std::sqrt(gu * gu + gv * gv);
    block.angle[i] = angle_of(std::sqrt(apart + normal * normal), pu * gu + pv * gv + 1.0);
  }
}

FACEFLOW_INLINE std::size_t bin_of(double value) {
  if (value < 0x1p-10) return value > 0.0 ? 1 : 0;
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const std::uint64_t step = (bits >> 45) - (std::uint64_t{1023 - 10} << 7);
  return std::min(static_cast<std::size_t>(step) + 2, kBins - 1);
}

FACEFLOW_INLINE std::size_t class_of(double length) {
  return std::size_t{length >= 0.5} + std::size_t{length >= 1.0} + std::size_t{length >= 2.0} +
         std::size_t{length >= 5.0};
}

// In 2^-20 of a pixel or degree.
FACEFLOW_INLINE std::int64_t in_units(double value) {
  return static_cast<std::int64_t>(std::floor(value * kUnits + 0.5));
}

using Row = std::array<std::int64_t, kColumns>;

// A row for each region and class, of which the last has pixels whose truth is not known.
using Cells = std::array<std::array<Row, kClasses + 1>, kRegions>;

FACEFLOW_INLINE void add_error(Row& row, double endpoint, double angle, double length) {
  row[kPixels] += 1;
  row[kEndpoint] += in_units(endpoint);
  row[kAngle] += in_units(angle);
  row[kOverOne] += endpoint > 1.0 ? 1 : 0;
  row[kOverThree] += endpoint > 3.0 ? 1 : 0;
  row[kOverFive] += endpoint > 5.0 ? 1 : 0;
  row[kOutliers] += endpoint > 3.0 && endpoint > 0.05 * length ? 1 : 0;
}

FACEFLOW_INLINE std::size_t add(const ScoredFields& fields, std::size_t begin, std::size_t count,
                                const Block& block, const Scores& scores, Cells& cells) {
  std::size_t refused = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t pixel = begin + i;
    const bool counts = (fields.flags[pixel] & kCounts) != 0;
    if (counts && !(block.endpoint[i] <= kLongest && block.length[i] <= kLongest)) {
      refused += 1;
      continue;
    }
    const std::size_t region = fields.regions[pixel];
    const std::size_t length_class = counts ? class_of(block.length[i]) : kClasses;
    Row& row = cells[region][length_class];
    if (counts) {
      add_error(row, block.endpoint[i], block.angle[i], block.length[i]);
      const std::size_t bin = bin_of(block.endpoint[i]);
      scores.endpoints[region * kBins + bin] += 1;
      scores.endpoints[(kRegions + length_class) * kBins + bin] += 1;
      scores.angles[bin_of(block.angle[i])] += 1;
    }
    if ((fields.flags[pixel] & kIsCompared) != 0) {
      const std::uint8_t* levels = fields.difference + 3 * pixel;
      row[kDifference] += levels[0] + levels[1] + levels[2];
      row[kCompared] += 1;
    }
  }
  return refused;
}

void add_rows(const Cells& cells, std::int64_t* table) {
  for (std::size_t region = 0; region < kRegions; ++region)
    for (std::size_t length_class = 0; length_class <= kClasses; ++length_class)
      for (std::size_t column = 0; column < kColumns; ++column) {
        const std::int64_t value = cells[region][length_class][column];
        table[region * kColumns + column] += value;
        if (length_class < kClasses) table[(kRegions + length_class) * kColumns + column] += value;
      }
}

FACEFLOW_INLINE bool any(const std::uint8_t* flags, std::size_t count) {
  std::uint8_t all = 0;
  for (std::size_t i = 0; i < count; ++i) all |= flags[i];
  return all != 0;
}

}  // namespace

FACEFLOW_CLONES
std::size_t score(const ScoredFields& fields, const Scores& scores) {
  Block block;
  Cells cells{};
  std::size_t refused = 0;
  for (std::size_t begin = 0; begin < fields.pixels; begin += kBlock) {
    const std::size_t count = std::min(kBlock, fields.pixels - begin);
    if (!any(fields.flags + begin, count)) continue;  // most of a frame lies outside the face
    measure(fields.pred + 2 * begin, fields.gt + 2 * begin, count, block);
    refused += add(fields, begin, count, block, scores, cells);
  }
  add_rows(cells, scores.table);
  return refused;
}

}  // namespace faceflow
