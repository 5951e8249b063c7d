#include "faceflow/weight.hpp"

namespace faceflow {

void weigh_flow(const float* flow, const std::uint8_t* valid, std::size_t pixels, float elsewhere,
                float* out) {
  for (std::size_t i = 0; i < pixels; ++i) {
    const bool known = valid[i] != 0;
    out[3 * i] = known ? flow[2 * i] : 0.0F;
    out[3 * i + 1] = known ? flow[2 * i + 1] : 0.0F;
    out[3 * i + 2] = known ? 1.0F : elsewhere;
  }
}

}  // namespace faceflow
