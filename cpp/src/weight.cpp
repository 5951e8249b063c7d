#include "faceflow/weight.hpp"

#include <cstdint>
#include <vector>

namespace faceflow {
namespace {

// The flow lies at the end of `out`: what pixel i is made of is 2i and 2i + 1 numbers after its
// beginning, and up to pixel i - 1 only the first 3i numbers of `out` have been written, which are
// no more than `pixels` + 2i.
void weigh(const std::uint8_t* valid, std::size_t pixels, float elsewhere, float* out) {
  const float* const flow = out + pixels;
  for (std::size_t i = 0; i < pixels; ++i) {
    const float u = flow[2 * i];
    const float v = flow[2 * i + 1];
    out[3 * i] = u;
    out[3 * i + 1] = v;
    out[3 * i + 2] = valid[i] != 0 ? 1.0F : elsewhere;
  }
}

}  // namespace

void synthesize_weighed(const PairsView& pairs, const WeighedView* fields, float elsewhere) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < pairs.pairs; ++i) total += fields[i].height * fields[i].width;
  std::vector<std::uint8_t> valid(total);
  std::vector<FieldView> flows;
  std::uint8_t* mask = valid.data();
  for (std::size_t i = 0; i < pairs.pairs; ++i) {
    const auto [out, height, width] = fields[i];
    flows.push_back({out + height * width, mask, height, width});
    mask += height * width;
  }
  synthesize_each(pairs, flows.data(), 0.0F);
  for (std::size_t i = 0; i < pairs.pairs; ++i)
    weigh(flows[i].valid, flows[i].height * flows[i].width, elsewhere, fields[i].out);
}

}  // namespace faceflow
