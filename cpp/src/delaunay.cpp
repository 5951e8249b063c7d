#include "faceflow/delaunay.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "faceflow/triangle.hpp"

namespace faceflow {
namespace {

using Edge = std::int32_t;

Edge sym(Edge e) {
  return e ^ 1;
}

// The primal half of Guibas and Stolfi's quad-edge structure: the rings of edges around each
// origin, in both directions. Edges e and e ^ 1 are the two directions of one edge.
class Subdivision {
 public:
  explicit Subdivision(std::vector<Point> sites) : sites_(std::move(sites)) {
    // A planar graph on n sites never has more than 3n edges alive at a time.
    const std::size_t capacity = 6 * sites_.size();
    origin_.reserve(capacity);
    next_.reserve(capacity);
    previous_.reserve(capacity);
  }

  std::pair<Edge, Edge> build(std::int32_t begin, std::int32_t end);

  [[nodiscard]] std::size_t edge_count() const { return origin_.size(); }
  [[nodiscard]] std::int32_t origin(Edge e) const { return origin_[e]; }
  [[nodiscard]] std::int32_t destination(Edge e) const { return origin_[sym(e)]; }
  [[nodiscard]] bool alive(Edge e) const { return origin_[e] >= 0; }
  [[nodiscard]] Edge left_next(Edge e) const { return previous_[sym(e)]; }
  [[nodiscard]] const Point& site(std::int32_t index) const { return sites_[index]; }

 private:
  [[nodiscard]] Edge right_previous(Edge e) const { return next_[sym(e)]; }
  [[nodiscard]] const Point& origin_site(Edge e) const { return sites_[origin(e)]; }
  [[nodiscard]] const Point& destination_site(Edge e) const { return sites_[destination(e)]; }

  [[nodiscard]] bool left_of(const Point& p, Edge e) const {
    return orientation(p, origin_site(e), destination_site(e)) > 0;
  }
  [[nodiscard]] bool right_of(const Point& p, Edge e) const {
    return orientation(p, destination_site(e), origin_site(e)) > 0;
  }

  Edge make_edge(std::int32_t from, std::int32_t to);
  void splice(Edge a, Edge b);
  Edge connect(Edge a, Edge b);
  void remove(Edge e);

  std::pair<Edge, Edge> build_three(std::int32_t begin);
  Edge lower_tangent(Edge& left_outer, Edge left_inner, Edge right_inner, Edge& right_outer);
  void stitch(Edge base);
  Edge prune_left(Edge base);
  Edge prune_right(Edge base);

  std::vector<Point> sites_;
  std::vector<std::int32_t> origin_;
  std::vector<Edge> next_;
  std::vector<Edge> previous_;
  std::vector<Edge> free_;
};

Edge Subdivision::make_edge(std::int32_t from, std::int32_t to) {
  Edge e = 0;
  if (free_.empty()) {
    e = static_cast<Edge>(origin_.size());
    origin_.resize(origin_.size() + 2);
    next_.resize(next_.size() + 2);
    previous_.resize(previous_.size() + 2);
  } else {
    e = free_.back();
    free_.pop_back();
  }
  origin_[e] = from;
  origin_[sym(e)] = to;
  next_[e] = previous_[e] = e;
  next_[sym(e)] = previous_[sym(e)] = sym(e);
  return e;
}

void Subdivision::splice(Edge a, Edge b) {
  const Edge a_next = next_[a];
  const Edge b_next = next_[b];
  next_[a] = b_next;
  next_[b] = a_next;
  previous_[b_next] = a;
  previous_[a_next] = b;
}

Edge Subdivision::connect(Edge a, Edge b) {
  const Edge e = make_edge(destination(a), origin(b));
  splice(e, left_next(a));
  splice(sym(e), b);
  return e;
}

void Subdivision::remove(Edge e) {
  splice(e, previous_[e]);
  splice(sym(e), previous_[sym(e)]);
  origin_[e] = origin_[sym(e)] = -1;
  free_.push_back(e & ~1);
}

std::pair<Edge, Edge> Subdivision::build_three(std::int32_t begin) {
  const Edge a = make_edge(begin, begin + 1);
  const Edge b = make_edge(begin + 1, begin + 2);
  splice(sym(a), b);
  const int turn = orientation(sites_[begin], sites_[begin + 1], sites_[begin + 2]);
  if (turn == 0) return {a, sym(b)};
  const Edge c = connect(b, a);
  if (turn > 0) return {a, sym(b)};
  return {sym(c), c};
}

// The edge below both halves, found by walking down their facing hulls.
Edge Subdivision::lower_tangent(Edge& left_outer, Edge left_inner, Edge right_inner,
                                Edge& right_outer) {
  for (;;) {
    if (left_of(origin_site(right_inner), left_inner)) {
      left_inner = left_next(left_inner);
    } else if (right_of(origin_site(left_inner), right_inner)) {
      right_inner = right_previous(right_inner);
    } else {
      break;
    }
  }
  const Edge base = connect(sym(right_inner), left_inner);
  if (origin(left_inner) == origin(left_outer)) left_outer = sym(base);
  if (origin(right_inner) == origin(right_outer)) right_outer = base;
  return base;
}

// The next candidate above `base` on the left, after deleting the edges that it makes illegal.
Edge Subdivision::prune_left(Edge base) {
  Edge candidate = next_[sym(base)];
  if (!right_of(destination_site(candidate), base)) return -1;
  while (in_circle(destination_site(base), origin_site(base), destination_site(candidate),
                   destination_site(next_[candidate]))) {
    const Edge following = next_[candidate];
    remove(candidate);
    candidate = following;
  }
  return candidate;
}

Edge Subdivision::prune_right(Edge base) {
  Edge candidate = previous_[base];
  if (!right_of(destination_site(candidate), base)) return -1;
  while (in_circle(destination_site(base), origin_site(base), destination_site(candidate),
                   destination_site(previous_[candidate]))) {
    const Edge following = previous_[candidate];
    remove(candidate);
    candidate = following;
  }
  return candidate;
}

// Joins the halves upwards from `base`, one cross edge at a time.
void Subdivision::stitch(Edge base) {
  for (;;) {
    const Edge left = prune_left(base);
    const Edge right = prune_right(base);
    if (left < 0 && right < 0) return;
    const bool take_right =
        left < 0 || (right >= 0 && in_circle(destination_site(left), origin_site(left),
                                             origin_site(right), destination_site(right)));
    base = take_right ? connect(right, sym(base)) : connect(sym(base), sym(left));
  }
}

// Triangulates the sites [begin, end); gives the counter-clockwise hull edge out of the leftmost
// site and the clockwise one out of the rightmost. Recursion is log2(sites) deep.
std::pair<Edge, Edge> Subdivision::build(std::int32_t begin, std::int32_t end) {
  if (end - begin == 2) {
    const Edge e = make_edge(begin, begin + 1);
    return {e, sym(e)};
  }
  if (end - begin == 3) return build_three(begin);
  const std::int32_t middle = begin + (end - begin) / 2;
  auto [left_outer, left_inner] = build(begin, middle);
  auto [right_inner, right_outer] = build(middle, end);
  stitch(lower_tangent(left_outer, left_inner, right_inner, right_outer));
  return {left_outer, right_outer};
}

// The points in order of x, then y, then index, without coinciding ones.
std::vector<std::int32_t> sorted_distinct(const std::vector<Point>& points) {
  std::vector<std::int32_t> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t i, std::int32_t j) {
    const Point& a = points[i];
    const Point& b = points[j];
    if (a.x != b.x) return a.x < b.x;
    if (a.y != b.y) return a.y < b.y;
    return i < j;
  });
  const auto last = std::unique(order.begin(), order.end(), [&](std::int32_t i, std::int32_t j) {
    return points[i].x == points[j].x && points[i].y == points[j].y;
  });
  order.erase(last, order.end());
  return order;
}

// One sort key for each inner face: its three indices, the lowest first.
std::vector<std::uint64_t> face_keys(const Subdivision& mesh,
                                     const std::vector<std::int32_t>& order) {
  std::vector<std::uint64_t> keys;
  keys.reserve(2 * order.size());
  const auto count = static_cast<Edge>(mesh.edge_count());
  for (Edge e = 0; e < count; ++e) {
    if (!mesh.alive(e)) continue;
    const Edge second = mesh.left_next(e);
    const Edge third = mesh.left_next(second);
    if (mesh.left_next(third) != e) continue;
    const std::int32_t a = mesh.origin(e);
    const std::int32_t b = mesh.origin(second);
    const std::int32_t c = mesh.origin(third);
    const std::uint64_t i = order[a];
    const std::uint64_t j = order[b];
    const std::uint64_t k = order[c];
    if (i > j || i > k || orientation(mesh.site(a), mesh.site(b), mesh.site(c)) <= 0) continue;
    keys.push_back(i << 42 | j << 21 | k);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace

std::vector<Triangle> triangulate(const double* points, std::size_t count) {
  std::vector<Point> snapped(count);
  for (std::size_t i = 0; i < count; ++i) snapped[i] = snap(points[2 * i], points[2 * i + 1]);
  const std::vector<std::int32_t> order = sorted_distinct(snapped);
  if (order.size() < 3) return {};

  std::vector<Point> sites(order.size());
  std::transform(order.begin(), order.end(), sites.begin(),
                 [&](std::int32_t index) { return snapped[index]; });
  Subdivision mesh(std::move(sites));
  mesh.build(0, static_cast<std::int32_t>(order.size()));

  std::vector<Triangle> triangles;
  constexpr std::uint64_t kIndex = kMaxPoints - 1;
  for (const std::uint64_t key : face_keys(mesh, order))
    triangles.push_back({static_cast<std::int32_t>(key >> 42),
                         static_cast<std::int32_t>(key >> 21 & kIndex),
                         static_cast<std::int32_t>(key & kIndex)});
  return triangles;
}

}  // namespace faceflow
