#include "faceflow/local_motion.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "clones.hpp"

namespace faceflow {
namespace {

// Halves of symmetric Gaussians, the middle first; the whole sums to 1. They are written out, as
// exp() differs in the last bit from library to library.
constexpr float kFine[] = {0.499116421F, 0.228512153F, 0.021929644F};  // 0.8 px
constexpr float kSlow[] = {0.161003381F,  0.148624852F,  0.116912447F,  0.0783687532F,
                           0.0447649434F, 0.0217894372F, 0.00903788581F};  // 2.5 px of half size
// One after another on half size they make windows of 1.5, 3 and 6 px of the frame.
constexpr float kSmall[] = {0.53209728F, 0.218751729F, 0.0151996249F};                   // 0.75
constexpr float kMiddle[] = {0.308665395F, 0.229614034F, 0.0945213586F, 0.0215319078F};  // 1.3
constexpr float kLarge[] = {0.15528518F,   0.144214064F,  0.115515567F, 0.0798047334F,
                            0.0475523546F, 0.0244382825F, 0.0108323973F};  // 2.6

constexpr float kDamping =
    3.0F;  // squared grey levels: an answer fades where nothing has structure
constexpr float kLongest = 2.0F;   // px that an answer may have
constexpr float kFarthest = 8.0F;  // of the flow, in units of 4 px
constexpr std::size_t kProducts = 6;

struct Kernel {
  const float* half;
  std::size_t radius;
};

template <std::size_t N>
constexpr Kernel kernel(const float (&half)[N]) {
  return {half, N - 1};
}

struct Size {
  std::size_t height;
  std::size_t width;
};

FACEFLOW_INLINE std::size_t before(std::size_t at, std::size_t steps) {
  return at > steps ? at - steps : 0;
}

FACEFLOW_INLINE std::size_t after(std::size_t at, std::size_t steps, std::size_t extent) {
  return std::min(at + steps, extent - 1);
}

FACEFLOW_INLINE void blur_column_wise(const float* source, Kernel k, Size size, std::size_t y,
                                      float* out) {
  const std::size_t width = size.width;
  const float* row = source + y * width;
  for (std::size_t x = 0; x < width; ++x) out[x] = k.half[0] * row[x];
  for (std::size_t j = 1; j <= k.radius; ++j) {
    const float weight = k.half[j];
    const float* above = source + before(y, j) * width;
    const float* below = source + after(y, j, size.height) * width;
    for (std::size_t x = 0; x < width; ++x) out[x] += weight * (above[x] + below[x]);
  }
}

FACEFLOW_INLINE void blur_row(const float* row, Kernel k, std::size_t width, float* out) {
  const std::size_t inner = std::min(k.radius, width);
  const std::size_t end = width > k.radius ? std::max(width - k.radius, inner) : inner;
  const auto at_border = [&](std::size_t x) {
    float sum = k.half[0] * row[x];
    for (std::size_t j = 1; j <= k.radius; ++j)
      sum += k.half[j] * (row[before(x, j)] + row[after(x, j, width)]);
    out[x] = sum;
  };
  for (std::size_t x = 0; x < inner; ++x) at_border(x);
  for (std::size_t x = end; x < width; ++x) at_border(x);
  for (std::size_t x = inner; x < end; ++x) out[x] = k.half[0] * row[x];
  for (std::size_t j = 1; j <= k.radius; ++j) {
    const float weight = k.half[j];
    for (std::size_t x = inner; x < end; ++x) out[x] += weight * (row[x - j] + row[x + j]);
  }
}

// Blurs a plane; `line` has room for a row. Borders are repeated.
FACEFLOW_INLINE void blur(const float* source, Kernel k, Size size, float* line, float* out) {
  for (std::size_t y = 0; y < size.height; ++y) {
    blur_column_wise(source, k, size, y, line);
    blur_row(line, k, size.width, out + y * size.width);
  }
}

// Subtracts a plane of half size, doubled bilinearly with half-pixel centres.
FACEFLOW_INLINE void subtract_doubled(const float* low, Size half, float* plane) {
  const std::size_t width = 2 * half.width;
  for (std::size_t y = 0; y < 2 * half.height; ++y) {
    const float wy = y % 2 == 1 ? 0.25F : 0.75F;
    const float* top = low + before((y + 1) / 2, 1) * half.width;
    const float* bottom = low + after(y + 1, 0, 2 * half.height) / 2 * half.width;
    float* row = plane + y * width;
    for (std::size_t x = 0; x < width; ++x) {
      const float wx = x % 2 == 1 ? 0.25F : 0.75F;
      const std::size_t left = before((x + 1) / 2, 1);
      const std::size_t right = after(x + 1, 0, width) / 2;
      const float above = top[left] + wx * (top[right] - top[left]);
      const float below = bottom[left] + wx * (bottom[right] - bottom[left]);
      row[x] -= above + wy * (below - above);
    }
  }
}

// Catmull and Rom's weights of the four neighbours of a place `f` between the middle two.
FACEFLOW_INLINE void cubic_weights(float f, float (&weights)[4]) {
  weights[0] = ((-0.5F * f + 1.0F) * f - 0.5F) * f;
  weights[1] = (1.5F * f - 2.5F) * f * f + 1.0F;
  weights[2] = ((-1.5F * f + 2.0F) * f + 0.5F) * f;
  weights[3] = (0.5F * f - 0.5F) * f * f;
}

FACEFLOW_INLINE float sample(const float* plane, Size size, float px, float py) {
  const auto x = static_cast<std::size_t>(px);
  const auto y = static_cast<std::size_t>(py);
  float across[4];
  float down[4];
  cubic_weights(px - static_cast<float>(x), across);
  cubic_weights(py - static_cast<float>(y), down);
  const std::size_t columns[4] = {before(x, 1), x, after(x, 1, size.width),
                                  after(x, 2, size.width)};
  const std::size_t rows[4] = {before(y, 1), y, after(y, 1, size.height), after(y, 2, size.height)};
  float sums[4];
  for (std::size_t i = 0; i < 4; ++i) {
    const float* row = plane + rows[i] * size.width;
    sums[i] = across[0] * row[columns[0]] + across[1] * row[columns[1]] +
              across[2] * row[columns[2]] + across[3] * row[columns[3]];
  }
  return down[0] * sums[0] + down[1] * sums[1] + down[2] * sums[2] + down[3] * sums[3];
}

// Pulls the second band back: the mean of both bands, and the second less the first.
FACEFLOW_INLINE void align(const float* first, const float* second, const float* flow, Size size,
                           float* mean, float* difference) {
  const auto last_x = static_cast<float>(size.width - 1);
  const auto last_y = static_cast<float>(size.height - 1);
  for (std::size_t y = 0; y < size.height; ++y)
    for (std::size_t x = 0; x < size.width; ++x) {
      const std::size_t i = y * size.width + x;
      const float px = static_cast<float>(x) + flow[2 * i];
      const float py = static_cast<float>(y) + flow[2 * i + 1];
      const bool inside = px >= 0.0F && py >= 0.0F && px <= last_x && py <= last_y;
      const float moved = inside ? sample(second, size, px, py) : first[i];
      mean[i] = 0.5F * (first[i] + moved);
      difference[i] = moved - first[i];
    }
}

// Adds up the six products of gradients and difference over 2x2 pixels, / 4.
FACEFLOW_INLINE void multiply(const float* mean, const float* difference, Size size, float* lines,
                              float* products) {
  const std::size_t width = size.width;
  const std::size_t half = width / 2;
  const std::size_t plane = size.height / 2 * half;
  for (std::size_t y = 0; y < size.height; ++y) {
    const float* row = mean + y * width;
    const float* above = mean + before(y, 1) * width;
    const float* below = mean + after(y, 1, size.height) * width;
    const float* changed = difference + y * width;
    const bool upper = y % 2 == 0;
    const auto put = [&](std::size_t x, std::size_t left, std::size_t right) {
      const float gx = 0.5F * (row[right] - row[left]);
      const float gy = 0.5F * (below[x] - above[x]);
      const float t = changed[x];
      const float found[kProducts] = {gx * gx, gx * gy, gy * gy, gx * t, gy * t, t * t};
      for (std::size_t k = 0; k < kProducts; ++k)
        lines[k * width + x] = upper ? found[k] : lines[k * width + x] + found[k];
    };
    put(0, 0, after(0, 1, width));
    for (std::size_t x = 1; x + 1 < width; ++x) put(x, x - 1, x + 1);
    put(width - 1, width - 2, width - 1);
    if (upper) continue;
    for (std::size_t k = 0; k < kProducts; ++k) {
      float* out = products + k * plane + y / 2 * half;
      const float* line = lines + k * width;
      for (std::size_t x = 0; x < half; ++x) out[x] = 0.25F * (line[2 * x] + line[2 * x + 1]);
    }
  }
}

FACEFLOW_INLINE float clip(float value, float most) {
  return std::min(std::max(value, -most), most);
}

FACEFLOW_INLINE void write_blocks(const float* grey, const float* difference, const float* flow,
                                  Size size, float* features) {
  const std::size_t half = size.width / 2;
  const std::size_t plane = size.height / 2 * half;
  for (std::size_t y = 0; y < size.height / 2; ++y)
    for (std::size_t x = 0; x < half; ++x) {
      const std::size_t corner = 2 * y * size.width + 2 * x;
      const std::size_t block[4] = {corner, corner + 1, corner + size.width,
                                    corner + size.width + 1};
      float* out = features + y * half + x;
      for (std::size_t i = 0; i < 4; ++i) {
        out[i * plane] = grey[block[i]] * 0.015625F - 2.0F;
        out[(4 + i) * plane] = difference[block[i]] * 0.125F;
      }
      for (std::size_t c = 0; c < 2; ++c) {
        const float sum = (flow[2 * block[0] + c] + flow[2 * block[1] + c]) +
                          (flow[2 * block[2] + c] + flow[2 * block[3] + c]);
        out[(8 + c) * plane] = clip(0.0625F * sum, kFarthest);
      }
    }
}

FACEFLOW_INLINE float strength(float damped) {
  return 0.5F * std::sqrt(std::sqrt(damped)) - 1.0F;
}

// Solves a window's equations everywhere and says how well determined they are: six planes.
FACEFLOW_INLINE void solve(const float* products, std::size_t pixels, float* out) {
  for (std::size_t i = 0; i < pixels; ++i) {
    const float a = products[i] + kDamping;
    const float b = products[pixels + i];
    const float c = products[2 * pixels + i] + kDamping;
    const float d = products[3 * pixels + i];
    const float e = products[4 * pixels + i];
    const float inverse = 1.0F / (a * c - b * b);
    out[i] = clip((b * e - c * d) * inverse, kLongest);
    out[pixels + i] = clip((b * d - a * e) * inverse, kLongest);
    out[2 * pixels + i] = strength(a);
    out[3 * pixels + i] = strength(c);
    out[4 * pixels + i] = b / std::sqrt(a * c);
    out[5 * pixels + i] = strength(products[5 * pixels + i] + kDamping);
  }
}

}  // namespace

FACEFLOW_CLONES
void grey_levels(const std::uint8_t* rgb, std::size_t pixels, float* grey) {
  for (std::size_t i = 0; i < pixels; ++i)
    grey[i] = 0.299F * static_cast<float>(rgb[3 * i]) +
              0.587F * static_cast<float>(rgb[3 * i + 1]) +
              0.114F * static_cast<float>(rgb[3 * i + 2]);
}

FACEFLOW_CLONES
void halve(const float* plane, std::size_t height, std::size_t width, float* half) {
  for (std::size_t y = 0; y < height / 2; ++y) {
    const float* upper = plane + 2 * y * width;
    const float* lower = upper + width;
    float* out = half + y * (width / 2);
    for (std::size_t x = 0; x < width / 2; ++x)
      out[x] = 0.25F * ((upper[2 * x] + upper[2 * x + 1]) + (lower[2 * x] + lower[2 * x + 1]));
  }
}

FACEFLOW_CLONES
void band_pass(const float* grey, std::size_t height, std::size_t width, float* band) {
  const Size half{height / 2, width / 2};
  std::vector<float> line(width);
  std::vector<float> low(half.height * half.width);
  std::vector<float> slow(low.size());
  blur(grey, kernel(kFine), {height, width}, line.data(), band);
  halve(band, height, width, low.data());
  blur(low.data(), kernel(kSlow), half, line.data(), slow.data());
  subtract_doubled(slow.data(), half, band);
}

FACEFLOW_CLONES
void local_motion(const FramePlanes& first, const float* second_band, const float* flow,
                  std::size_t height, std::size_t width, float* features) {
  const Size size{height, width};
  const Size half{height / 2, width / 2};
  const std::size_t pixels = half.height * half.width;
  std::vector<float> mean(height * width);
  std::vector<float> difference(height * width);
  align(first.band, second_band, flow, size, mean.data(), difference.data());
  write_blocks(first.grey, difference.data(), flow, size, features);
  std::vector<float> lines(kProducts * width);
  std::vector<float> products(kProducts * pixels);
  std::vector<float> blurred(products.size());
  multiply(mean.data(), difference.data(), size, lines.data(), products.data());
  float* out = features + 10 * pixels;
  for (const Kernel window : {kernel(kSmall), kernel(kMiddle), kernel(kLarge)}) {
    for (std::size_t k = 0; k < kProducts; ++k)
      blur(products.data() + k * pixels, window, half, lines.data(), blurred.data() + k * pixels);
    products.swap(blurred);
    solve(products.data(), pixels, out);
    out += kProducts * pixels;
  }
}

}  // namespace faceflow
