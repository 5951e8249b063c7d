// How far a predicted field is from the truth: everything that is counted of a pair, in one pass.
#pragma once

#include <cstddef>
#include <cstdint>

namespace faceflow {

// Rows: regions of the face, of which 0 is none, then classes of the true vectors' lengths, from
// 0, 0.5, 1, 2 and 5 px on.
constexpr std::size_t kRegions = 7;
constexpr std::size_t kClasses = 5;
constexpr std::size_t kRows = kRegions + kClasses;

enum Column : std::size_t {
  kPixels,
  kEndpoint,    // sum, in 2^-20 px
  kAngle,       // sum, in 2^-20 degrees
  kOverOne,     // pixels whose end-point error is over 1 px
  kOverThree,   // over 3 px
  kOverFive,    // over 5 px
  kOutliers,    // over 3 px and over 5 % of the true vector's length
  kDifference,  // sum over three channels, grey levels
  kCompared,    // pixels whose difference counts
  kColumns
};

// Errors are counted in bins whose width is 1/128 of the power of two below them, from 2^-10 to
// 2^16; the first bin has those that are 0, the second all others below 2^-10.
constexpr std::size_t kBins = 2 + 26 * 128;

// What each pixel's flags say.
constexpr std::uint8_t kCounts = 1;      // its truth is known
constexpr std::uint8_t kIsCompared = 2;  // its difference counts

struct ScoredFields {
  const float* pred;  // (pixels, 2); anything where no pixel counts
  const float* gt;    // (pixels, 2), likewise
  const std::uint8_t* flags;
  const std::uint8_t* regions;     // each less than kRegions
  const std::uint8_t* difference;  // (pixels, 3): of the frames, one moved along `pred`
  std::size_t pixels;
};

struct Scores {
  std::int64_t* table;      // (kRows, kColumns), added to
  std::int64_t* endpoints;  // (kRows, kBins), added to
  std::int64_t* angles;     // (kBins), added to
};

// Returns how many pixels that count have an end-point error or a true vector that is not finite
// or over 2^16 px; they are left out. All sums are of whole numbers, so that they are the same in
// whatever order pixels are taken.
std::size_t score(const ScoredFields& fields, const Scores& scores);

}  // namespace faceflow
