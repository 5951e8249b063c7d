// Checks the structure of what Python passes, takes the pointers, then releases the GIL. The
// arrays stay alive through the call as the caller's arguments hold them.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "faceflow/colour.hpp"
#include "faceflow/delaunay.hpp"
#include "faceflow/local_motion.hpp"
#include "faceflow/motion.hpp"
#include "faceflow/score.hpp"
#include "faceflow/synthesis.hpp"
#include "faceflow/weight.hpp"

namespace py = pybind11;

namespace {

template <class T>
using Array = py::array_t<T, py::array::c_style>;

constexpr py::ssize_t kAny = -1;

void require_shape(const py::array& array, const char* name,
                   std::initializer_list<py::ssize_t> shape) {
  bool fits = array.ndim() == static_cast<py::ssize_t>(shape.size());
  std::string wanted;
  py::ssize_t axis = 0;
  for (const py::ssize_t extent : shape) {
    if (fits && extent != kAny && array.shape(axis) != extent) fits = false;
    wanted += (axis++ > 0 ? ", " : "") + (extent == kAny ? "any" : std::to_string(extent));
  }
  if (!fits) throw py::value_error(std::string(name) + ": the kernel takes shape (" + wanted + ")");
}

void require_indices(const Array<std::int32_t>& triangles, py::ssize_t points) {
  const std::int32_t* index = triangles.data();
  for (py::ssize_t i = 0; i < triangles.size(); ++i)
    if (index[i] < 0 || index[i] >= points)
      throw py::value_error("triangles: index " + std::to_string(index[i]) + " with " +
                            std::to_string(points) + " landmarks");
}

faceflow::PairsView pairs_view(const Array<double>& source, const Array<double>& target,
                               const Array<std::int32_t>& triangles) {
  require_shape(source, "source", {kAny, kAny, 2});
  require_shape(target, "target", {source.shape(0), source.shape(1), 2});
  require_shape(triangles, "triangles", {kAny, 3});
  require_indices(triangles, source.shape(1));
  return {source.data(),
          target.data(),
          static_cast<std::size_t>(source.shape(0)),
          static_cast<std::size_t>(source.shape(1)),
          triangles.data(),
          static_cast<std::size_t>(triangles.shape(0))};
}

Array<std::int32_t> triangulate(const Array<double>& points) {
  require_shape(points, "points", {kAny, 2});
  const auto count = static_cast<std::size_t>(points.shape(0));
  if (count > faceflow::kMaxPoints) throw py::value_error("points: the kernel takes up to 2^21");
  const double* data = points.data();
  std::vector<faceflow::Triangle> triangles;
  {
    const py::gil_scoped_release unlocked;
    triangles = faceflow::triangulate(data, count);
  }
  Array<std::int32_t> result({static_cast<py::ssize_t>(triangles.size()), py::ssize_t{3}});
  if (!triangles.empty())
    std::memcpy(result.mutable_data(), triangles.data(),
                triangles.size() * sizeof(faceflow::Triangle));
  return result;
}

constexpr py::ssize_t kLongest = 1 << 24;

void require_sides(const Array<float>& flow, py::ssize_t first) {
  if (flow.shape(first) > kLongest || flow.shape(first + 1) > kLongest)
    throw py::value_error("flow: the kernel takes sides up to 2^24");
}

void synthesize(const Array<double>& source, const Array<double>& target,
                const Array<std::int32_t>& triangles, float fill, Array<float>& flow,
                std::optional<Array<bool>> valid) {
  const faceflow::PairsView pairs = pairs_view(source, target, triangles);
  require_shape(flow, "flow", {source.shape(0), kAny, kAny, 2});
  require_sides(flow, 1);
  std::uint8_t* mask = nullptr;
  if (valid) {
    require_shape(*valid, "valid", {flow.shape(0), flow.shape(1), flow.shape(2)});
    mask = reinterpret_cast<std::uint8_t*>(valid->mutable_data());
  }
  const faceflow::FieldsView fields{flow.mutable_data(), mask,
                                    static_cast<std::size_t>(flow.shape(1)),
                                    static_cast<std::size_t>(flow.shape(2)), fill};
  const py::gil_scoped_release unlocked;
  faceflow::synthesize(pairs, fields);
}

void synthesize_each(const Array<double>& source, const Array<double>& target,
                     const Array<std::int32_t>& triangles, float fill,
                     std::vector<Array<float>> flows, std::vector<Array<bool>> valids) {
  const faceflow::PairsView pairs = pairs_view(source, target, triangles);
  if (flows.size() != pairs.pairs || valids.size() != pairs.pairs)
    throw py::value_error("flows, valids: the kernel takes one for each pair");
  std::vector<faceflow::FieldView> fields;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    require_shape(flows[i], "flow", {kAny, kAny, 2});
    require_sides(flows[i], 0);
    require_shape(valids[i], "valid", {flows[i].shape(0), flows[i].shape(1)});
    fields.push_back(
        {flows[i].mutable_data(), reinterpret_cast<std::uint8_t*>(valids[i].mutable_data()),
         static_cast<std::size_t>(flows[i].shape(0)), static_cast<std::size_t>(flows[i].shape(1))});
  }
  const py::gil_scoped_release unlocked;
  faceflow::synthesize_each(pairs, fields.data(), fill);
}

Array<bool> flipped_triangles(const Array<double>& source, const Array<double>& target,
                              const Array<std::int32_t>& triangles) {
  const faceflow::PairsView pairs = pairs_view(source, target, triangles);
  Array<bool> flipped({source.shape(0), triangles.shape(0)});
  auto* out = reinterpret_cast<std::uint8_t*>(flipped.mutable_data());
  const py::gil_scoped_release unlocked;
  faceflow::flipped_triangles(pairs, out);
  return flipped;
}

float max_magnitude(const Array<float>& flow) {
  require_shape(flow, "flow", {kAny, kAny, 2});
  const float* data = flow.data();
  const auto pixels = static_cast<std::size_t>(flow.size() / 2);
  const py::gil_scoped_release unlocked;
  return faceflow::max_magnitude(data, pixels);
}

void colour_flow(const Array<float>& flow, float max_flow, Array<std::uint8_t>& rgb) {
  require_shape(flow, "flow", {kAny, kAny, 2});
  require_shape(rgb, "rgb", {flow.shape(0), flow.shape(1), 3});
  const float* data = flow.data();
  std::uint8_t* out = rgb.mutable_data();
  const auto pixels = static_cast<std::size_t>(flow.size() / 2);
  const py::gil_scoped_release unlocked;
  faceflow::colour_flow(data, pixels, max_flow, out);
}

py::tuple measure_motion(const Array<float>& flow, const Array<bool>& valid) {
  require_shape(flow, "flow", {kAny, kAny, 2});
  require_shape(valid, "valid", {flow.shape(0), flow.shape(1)});
  const float* data = flow.data();
  const auto* mask = reinterpret_cast<const std::uint8_t*>(valid.data());
  const auto pixels = static_cast<std::size_t>(valid.size());
  faceflow::Motion motion{};
  {
    const py::gil_scoped_release unlocked;
    motion = faceflow::measure_motion(data, mask, pixels);
  }
  return py::make_tuple(motion.pixels, motion.sum, motion.longest);
}

void require_regions(const Array<std::uint8_t>& regions) {
  const std::uint8_t* data = regions.data();
  std::uint8_t highest = 0;
  for (py::ssize_t i = 0; i < regions.size(); ++i) highest = std::max(highest, data[i]);
  if (highest >= faceflow::kRegions)
    throw py::value_error("regions: the kernel takes numbers below " +
                          std::to_string(faceflow::kRegions));
}

std::size_t score(const Array<float>& pred, const Array<float>& gt,
                  const Array<std::uint8_t>& flags, const Array<std::uint8_t>& regions,
                  const Array<std::uint8_t>& difference, Array<std::int64_t>& table,
                  Array<std::int64_t>& endpoints, Array<std::int64_t>& angles) {
  constexpr py::ssize_t kRows = faceflow::kRows;
  constexpr py::ssize_t kBins = faceflow::kBins;
  require_shape(pred, "pred", {kAny, kAny, 2});
  require_shape(gt, "gt", {pred.shape(0), pred.shape(1), 2});
  require_shape(flags, "flags", {pred.shape(0), pred.shape(1)});
  require_shape(regions, "regions", {pred.shape(0), pred.shape(1)});
  require_shape(difference, "difference", {pred.shape(0), pred.shape(1), 3});
  require_shape(table, "table", {kRows, static_cast<py::ssize_t>(faceflow::kColumns)});
  require_shape(endpoints, "endpoints", {kRows, kBins});
  require_shape(angles, "angles", {kBins});
  require_regions(regions);
  const faceflow::ScoredFields fields{pred.data(),       gt.data(),
                                      flags.data(),      regions.data(),
                                      difference.data(), static_cast<std::size_t>(flags.size())};
  const faceflow::Scores scores{table.mutable_data(), endpoints.mutable_data(),
                                angles.mutable_data()};
  const py::gil_scoped_release unlocked;
  return faceflow::score(fields, scores);
}

void synthesize_weighed(const Array<double>& source, const Array<double>& target,
                        const Array<std::int32_t>& triangles, float elsewhere,
                        std::vector<Array<float>> outs) {
  const faceflow::PairsView pairs = pairs_view(source, target, triangles);
  if (outs.size() != pairs.pairs) throw py::value_error("outs: the kernel takes one for each pair");
  std::vector<faceflow::WeighedView> fields;
  for (Array<float>& out : outs) {
    require_shape(out, "out", {kAny, kAny, 3});
    require_sides(out, 0);
    fields.push_back({out.mutable_data(), static_cast<std::size_t>(out.shape(0)),
                      static_cast<std::size_t>(out.shape(1))});
  }
  const py::gil_scoped_release unlocked;
  faceflow::synthesize_weighed(pairs, fields.data(), elsewhere);
}

constexpr py::ssize_t kLongestFrame = 1 << 20;

void require_even(const py::array& plane, const char* name) {
  for (py::ssize_t axis = 0; axis < 2; ++axis)
    if (plane.shape(axis) < 2 || plane.shape(axis) > kLongestFrame || plane.shape(axis) % 2 != 0)
      throw py::value_error(std::string(name) + ": the kernel takes even sides from 2 to 2^20");
}

void grey_levels(const Array<std::uint8_t>& rgb, Array<float>& grey) {
  require_shape(rgb, "rgb", {kAny, kAny, 3});
  require_shape(grey, "grey", {rgb.shape(0), rgb.shape(1)});
  float* out = grey.mutable_data();
  const auto pixels = static_cast<std::size_t>(grey.size());
  const py::gil_scoped_release unlocked;
  faceflow::grey_levels(rgb.data(), pixels, out);
}

void halve(const Array<float>& plane, Array<float>& half) {
  require_shape(plane, "plane", {kAny, kAny});
  require_even(plane, "plane");
  require_shape(half, "half", {plane.shape(0) / 2, plane.shape(1) / 2});
  float* out = half.mutable_data();
  const auto height = static_cast<std::size_t>(plane.shape(0));
  const auto width = static_cast<std::size_t>(plane.shape(1));
  const py::gil_scoped_release unlocked;
  faceflow::halve(plane.data(), height, width, out);
}

void band_pass(const Array<float>& grey, Array<float>& band) {
  require_shape(grey, "grey", {kAny, kAny});
  require_even(grey, "grey");
  require_shape(band, "band", {grey.shape(0), grey.shape(1)});
  float* out = band.mutable_data();
  const auto height = static_cast<std::size_t>(grey.shape(0));
  const auto width = static_cast<std::size_t>(grey.shape(1));
  const py::gil_scoped_release unlocked;
  faceflow::band_pass(grey.data(), height, width, out);
}

void local_motion(const Array<float>& grey, const Array<float>& first, const Array<float>& second,
                  const Array<float>& flow, Array<float>& features) {
  require_shape(grey, "grey", {kAny, kAny});
  require_even(grey, "grey");
  const py::ssize_t rows = grey.shape(0);
  const py::ssize_t columns = grey.shape(1);
  require_shape(first, "first", {rows, columns});
  require_shape(second, "second", {rows, columns});
  require_shape(flow, "flow", {rows, columns, 2});
  constexpr auto kChannels = static_cast<py::ssize_t>(faceflow::kLocalMotionChannels);
  require_shape(features, "features", {kChannels, rows / 2, columns / 2});
  const faceflow::FramePlanes planes{grey.data(), first.data()};
  float* out = features.mutable_data();
  const py::gil_scoped_release unlocked;
  faceflow::local_motion(planes, second.data(), flow.data(), static_cast<std::size_t>(rows),
                         static_cast<std::size_t>(columns), out);
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.doc() = "The compiled kernels. Arrays are taken as they are: C-contiguous, exact dtype.";
  const auto as_is = [](const char* name) { return py::arg(name).noconvert(); };
  module.def("triangulate", &triangulate, as_is("points"),
             "(N, 2) float64 -> (M, 3) int32 Delaunay triangles.");
  module.def("synthesize", &synthesize, as_is("source"), as_is("target"), as_is("triangles"),
             py::arg("fill"), as_is("flow"), as_is("valid").none(true),
             "Write the flow (B, H, W, 2) float32, and the mask (B, H, W) bool if given, of B "
             "pairs of landmarks (B, N, 2) float64.");
  module.def("synthesize_each", &synthesize_each, as_is("source"), as_is("target"),
             as_is("triangles"), py::arg("fill"), as_is("flows"), as_is("valids"),
             "As synthesize, the pairs' flow to B arrays (H, W, 2) float32 and their masks to B "
             "arrays (H, W) bool, each of its own size.");
  module.def("flipped_triangles", &flipped_triangles, as_is("source"), as_is("target"),
             as_is("triangles"), "(B, M) bool: orientation reversed from source to target.");
  module.def("max_magnitude", &max_magnitude, as_is("flow"),
             "Longest known vector of (H, W, 2) float32, px.");
  module.def("colour_flow", &colour_flow, as_is("flow"), py::arg("max_flow"), as_is("rgb"),
             "Write the (H, W, 3) uint8 RGB picture of (H, W, 2) float32.");
  module.def("measure_motion", &measure_motion, as_is("flow"), as_is("valid"),
             "Valid pixels of (H, W, 2) float32, the sum of their lengths, the longest, px.");
  module.def("score", &score, as_is("pred"), as_is("gt"), as_is("flags"), as_is("regions"),
             as_is("difference"), as_is("table"), as_is("endpoints"), as_is("angles"),
             "Add what is counted of a pair to (12, 9), (12, 3330) and (3330,) int64; how many of "
             "the pixels that count have vectors that are not taken.");
  module.def("synthesize_weighed", &synthesize_weighed, as_is("source"), as_is("target"),
             as_is("triangles"), py::arg("elsewhere"), as_is("outs"),
             "As synthesize_each, flow and weight to B arrays (H, W, 3) float32: u, v, 1 in a "
             "triangle, else 0, 0, elsewhere.");
  module.def("grey_levels", &grey_levels, as_is("rgb"), as_is("grey"),
             "Write the grey levels (H, W) float32 of (H, W, 3) uint8 red-green-blue.");
  module.def("halve", &halve, as_is("plane"), as_is("half"),
             "Write the means of 2x2 pixels of (H, W) float32 with even sides.");
  module.def("band_pass", &band_pass, as_is("grey"), as_is("band"),
             "Write the band of middle frequencies of (H, W) float32 with even sides.");
  module.def("local_motion", &local_motion, as_is("grey"), as_is("first"), as_is("second"),
             as_is("flow"), as_is("features"),
             "Write (28, H/2, W/2) float32: what the flow network sees of the first frame's grey "
             "levels, both bands (H, W) float32 and a flow (H, W, 2) float32.");
}
