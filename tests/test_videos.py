"""Videos read frame by frame: every frame is what decoding from the beginning gives."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from file_kinds import make_dangling_link, make_pipe
from fresh_python import peak_memory, run_python
from video_samples import H264, KINDS, SIZE, Kind, decoded, make_video, moving, write_video

from faceflow.errors import FrameError
from faceflow.images import encode_image, read_image
from faceflow.types import Image
from faceflow.videos import video_frame_names
from faceflow.videos.decoder import Decoder
from faceflow.videos.index import make_index
from faceflow.videos.opening import file_of

PLAIN = KINDS["H.264 with B-frames in mp4"]
ORDERS: dict[str, Callable[[int], list[int]]] = {
    "in order": lambda count: list(range(count)),
    "backwards": lambda count: list(reversed(range(count))),
    "from the first to each": lambda count: [n for i in range(1, count) for n in (0, i)],
    "at random": lambda count: random.Random(7).sample(range(count), count),
}


def read(video: Path, number: int) -> Image:
    """By the frame's path, as every reader of images does."""
    return read_image(video / f"{number + 1:06}.frame")


def outcome(video: Path, number: int) -> bytes | str:
    """The pixels of a frame, or the reason why there are none."""
    try:
        return read(video, number).tobytes()
    except FrameError as error:
        refused = error
    assert "\n" not in refused.detail
    assert refused.detail.startswith(f"{video.parent.name}/{video.name}/{number + 1:06}.frame ")
    return refused.reason


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def complaint(video: Path) -> str:
    with pytest.raises(FrameError) as caught:
        video_frame_names(video)
    assert "\n" not in str(caught.value)
    return caught.value.detail


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_every_frame_is_what_decoding_from_the_beginning_gives(
    tmp_path: Path, kind: Kind, order: Callable[[int], list[int]]
) -> None:
    """As many as there are, whatever was read before."""
    video = make_video(tmp_path, kind)
    expected = decoded(video)
    assert video_frame_names(video) == tuple(f"{i + 1:06}.frame" for i in range(len(expected)))
    for number in order(len(expected)):
        assert np.array_equal(read(video, number), expected[number]), number


def test_pixels_are_those_that_were_encoded(tmp_path: Path) -> None:
    """(H, W, 3) uint8, blue first: to the bit where the video is lossless, and to be written to."""
    video = make_video(tmp_path, KINDS["uncompressed"])
    for number, image in enumerate(moving(3)):
        found = read(video, number)
        assert found.dtype == np.uint8
        assert np.array_equal(found, image)
        found[:] = 0
        assert np.array_equal(read(video, number), image)


@pytest.mark.parametrize(("matrix", "red"), [(1, 0.2126), (5, 0.299), (2, 0.299)])
@pytest.mark.parametrize("full", [False, True])
def test_matrix_and_range_are_the_videos_own(
    tmp_path: Path, matrix: int, red: float, full: bool
) -> None:
    """BT.709 (1), BT.601 (5), and BT.601 where it says nothing (2); limited or full range."""
    options = {"colorspace": str(matrix), "color_range": "pc" if full else "tv", "qp": "0"}
    video = tmp_path / "T1.mkv"
    with av.open(str(video), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 16, 16, "yuv444p"
        stream.options = options
        frame = av.VideoFrame(16, 16, "yuv444p")
        for plane, value in zip(frame.planes, (120, 128, 160), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.colorspace, frame.color_range = matrix, 2 if full else 1
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    light = 120.0 if full else (120 - 16) * 255 / 219
    expected = light + 2 * (1 - red) * (32 if full else 32 * 255 / 224)
    assert read(video, 0)[8, 8, 2] == pytest.approx(expected, abs=1)


def test_rotation_in_the_metadata_is_ignored(tmp_path: Path) -> None:
    """Landmarks belong to the pixels as they are stored."""
    plain = make_video(tmp_path, KINDS["MJPEG in mov"])
    data = plain.read_bytes()
    upright = b"".join(n.to_bytes(4, "big") for n in (65536, 0, 0, 0, 65536, 0, 0, 0, 2**30))
    turned = b"".join(n.to_bytes(4, "big") for n in (0, 65536, 0, 2**32 - 65536, 0, 0, 0, 0, 2**30))
    assert data.count(upright) == 2  # of the movie and of its track
    at = data.rindex(upright)
    video = plain.with_name("T2.mov")
    video.write_bytes(data[:at] + turned + data[at + len(turned) :])
    with av.open(str(video)) as container:
        assert next(container.decode(video=0)).rotation != 0
    assert np.array_equal(read(video, 0), read(plain, 0))


def test_frames_that_an_edit_list_leaves_out_are_none(tmp_path: Path) -> None:
    """A video trimmed without being encoded anew begins in the middle of a group."""
    source = make_video(tmp_path, PLAIN)
    video = tmp_path / "trimmed.mp4"
    with av.open(str(source)) as whole, av.open(str(video), "w") as container:
        stream = whole.streams.video[0]
        copy = container.add_stream_from_template(stream)
        packets = [packet for packet in whole.demux(stream) if packet.size]
        start = sorted(packet.pts for packet in packets)[5]
        for packet in packets:
            packet.pts, packet.dts, packet.stream = packet.pts - start, packet.dts - start, copy
            container.mux(packet)
    expected = decoded(video)
    assert len(expected) == 35
    assert len(video_frame_names(video)) == 35
    for number in ORDERS["at random"](35):
        assert np.array_equal(read(video, number), expected[number]), number


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mkv", ".mov"])
def test_video_of_a_single_frame(tmp_path: Path, suffix: str) -> None:
    """It has one."""
    video = make_video(tmp_path, Kind(suffix, "mpeg4"), frames=1)
    assert video_frame_names(video) == ("000001.frame",)
    assert np.array_equal(read(video, 0), decoded(video)[0])
    assert outcome(video, 1) == "unreadable_image"


def test_sizes_may_change_within_a_video(tmp_path: Path) -> None:
    """Each frame has its own; what follows from that is not the reader's to say."""
    video = tmp_path / "T1.avi"
    small = make_video(tmp_path, Kind(".avi", "mjpeg", "yuvj420p"), 3, "small")
    large = make_video(tmp_path, Kind(".avi", "mjpeg", "yuvj420p", size=(96, 80)), 3, "large")
    with av.open(str(video), "w") as container:
        stream = None
        for number, part in enumerate([small, large]):
            with av.open(str(part)) as source:
                stream = stream or container.add_stream_from_template(source.streams.video[0])
                for packet in source.demux(video=0):
                    if packet.size:
                        packet.pts = packet.dts = packet.dts + 3 * number
                        packet.stream = stream
                        container.mux(packet)
    assert [read(video, n).shape for n in range(6)] == [(48, 64, 3)] * 3 + [(96, 80, 3)] * 3
    assert read(video, 1).shape == (48, 64, 3)


@pytest.mark.parametrize("kind", ["H.264 with B-frames in mp4", "MPEG-4 with B-frames in avi"])
def test_threads_read_one_video_at_once(tmp_path: Path, kind: str) -> None:
    """Runs of frames, as units of work are."""
    video = make_video(tmp_path, KINDS[kind], frames=120)
    expected = decoded(video)

    def unit(start: int) -> bool:
        numbers = range(start, min(start + 9, len(expected)))
        return all(np.array_equal(read(video, n), expected[n]) for n in numbers)

    with ThreadPoolExecutor(5) as pool:
        assert all(pool.map(unit, range(0, len(expected), 8)))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_frames_in_order_are_decoded_once_each(
    tmp_path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also past key frames, and again in the frame that was read last."""
    video = make_video(tmp_path, kind)
    frames = len(video_frame_names(video))
    opened = Decoder(file_of(video), make_index(video))
    given = 0
    following = opened._pictures

    def counted() -> object:
        nonlocal given
        for picture in following:
            given += picture.frame is not None
            yield picture

    monkeypatch.setattr(opened, "_pictures", counted())
    for number in range(frames):
        opened.read(number)
        opened.read(number)
    opened.close()
    assert given == frames


def test_two_threads_do_not_draw_one_decoder_to_and_fro(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each goes on from where it is, in a video that can be entered at its beginning only."""
    video = make_video(tmp_path, KINDS["H.264 with one key frame"], frames=128)
    begun: list[int] = []
    enter = Decoder._enter
    monkeypatch.setattr(Decoder, "_enter", lambda *given: (begun.append(1), enter(*given))[1])
    turns = threading.Barrier(2)

    def units(first: int) -> None:
        for start in range(first, 128, 64):
            for number in range(start, start + 32):
                turns.wait()
                read(video, number)

    threads = [threading.Thread(target=units, args=(first,)) for first in (0, 32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert begun == []


def test_a_video_that_changed_is_read_anew(tmp_path: Path) -> None:
    """No index and no decoder of the old one is used."""
    video = make_video(tmp_path, PLAIN)
    before = read(video, 4)
    write_video(video, moving(30, seed=1), PLAIN)
    assert len(video_frame_names(video)) == 30
    assert np.array_equal(read(video, 4), decoded(video)[4])
    assert not np.array_equal(read(video, 4), before)


def test_few_files_stay_open(tmp_path: Path) -> None:
    """However many videos were read, by threads that are gone too."""
    data = make_video(tmp_path, PLAIN).read_bytes()
    videos = [tmp_path / f"{i}.mp4" for i in range(50)]
    for video in videos:
        video.write_bytes(data)
    before = open_files()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda video: read(video, 20), videos))
    for video in videos:
        read(video, 3)
    assert open_files() <= before + 5


def test_a_long_video_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    """Ten times as many frames of 320x240: they alone would be 310 MB."""
    kind = Kind(".mp4", "libx264", options={"g": "50", "preset": "ultrafast"}, size=(240, 320))
    code = """
from pathlib import Path
from faceflow.images import read_image
from faceflow.videos import video_frame_names
video = Path({!r})
for name in video_frame_names(video):
    read_image(video / name)
"""
    sizes = []
    for frames in (150, 1500):
        video = make_video(tmp_path, kind, frames, str(frames))
        sizes.append(peak_memory(code.format(str(video))))
    assert sizes[1] < sizes[0] + 20_000 * 1024


CUT = ["fragmented mp4", "H.264 with B-frames in mkv", "H.264 with B-frames in avi"]
CUT += ["MPEG-4 with B-frames in avi", "MPEG-4 in avi", "MJPEG in avi", "VP9 in mkv", "FFV1 in avi"]


@pytest.mark.parametrize("name", [*CUT, "index first"])
def test_a_video_that_was_cut_short_gives_what_is_before_the_cut(tmp_path: Path, name: str) -> None:
    """And says that it is cut, wherever that is: at once, or in the frames that are missing."""
    first = Kind(".mp4", "libx264", options={**H264, "movflags": "faststart"})
    whole = make_video(tmp_path, KINDS.get(name, first))
    expected, data = [image.tobytes() for image in decoded(whole)], whole.read_bytes()
    least = 0
    for share in range(1, 20):
        video = whole.with_name(f"cut {share}{whole.suffix}")
        video.write_bytes(data[: len(data) * share // 20])
        try:
            names = video_frame_names(video)
        except FrameError:
            continue
        found = [outcome(video, number) for number in range(len(names))]
        good = [number for number, one in enumerate(found) if isinstance(one, bytes)]
        assert good == list(range(len(good)))
        assert found[: len(good)] == expected[: len(good)]
        assert set(found[len(good) :]) <= {"truncated_image", "unreadable_image"}
        assert "truncated_image" in found or len(good) == len(expected)
        assert len(good) >= least
        least = len(good)
    assert least > 20


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_damage_is_a_frames_own_and_no_crash(tmp_path: Path, kind: Kind) -> None:
    """Noise anywhere: every frame comes, or says in one line why not; nothing else is raised."""
    whole = make_video(tmp_path, kind)
    data, chance = whole.read_bytes(), random.Random(3)
    for number in range(12):
        start, length = chance.randrange(len(data)), chance.choice([1, 4, 40])
        noise = chance.randbytes(length)[: len(data) - start]
        video = whole.with_name(f"{number}{whole.suffix}")
        video.write_bytes(data[:start] + noise + data[start + len(noise) :])
        try:
            names = video_frame_names(video)
        except FrameError:
            continue
        for one in chance.sample(range(len(names)), len(names)):
            outcome(video, one)


def test_frames_after_damage_come_with_the_next_key_frame(tmp_path: Path) -> None:
    """Those that may build on it fail, and no frame comes that is not right."""
    video = make_video(tmp_path, KINDS["H.264 with B-frames in mp4"])
    expected = [image.tobytes() for image in decoded(video)]
    with av.open(str(video)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    packet = packets[14]
    data = bytearray(video.read_bytes())
    data[packet.pos + 6 : packet.pos + packet.size] = bytes(packet.size - 6)
    video.write_bytes(data)
    found = [outcome(video, number) for number in range(len(expected))]
    assert "unreadable_image" in found[12:24]
    assert found[:11] == expected[:11]
    assert found[24:] == expected[24:]
    assert all(
        one in (right, "unreadable_image") for one, right in zip(found, expected, strict=True)
    )


def make_text(path: Path) -> None:
    path.write_text("no video, but a text that is long enough to be taken for one\n" * 40)


def make_playlist(path: Path) -> None:
    """What FFmpeg would follow to other files."""
    other = make_video(path.parent, PLAIN, 3, "other")
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{other}\n#EXT-X-ENDLIST\n")


def make_sound(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        container.mux([*stream.encode(frame), *stream.encode(None)])


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (Path.touch, "Invalid data"),
        (make_text, "Invalid"),
        (make_playlist, "Invalid"),
        (make_sound, "it has no video stream"),
        (make_pipe, "Not a regular file"),
        (make_dangling_link, "No such file or directory"),
    ],
)
def test_what_is_no_video_is_told_in_one_line(
    tmp_path: Path, make: Callable[[Path], object], why: str
) -> None:
    """With its name."""
    video = tmp_path / "T1.mp4"
    make(video)
    assert complaint(video).startswith("T1.mp4 cannot be read: ")
    assert why in complaint(video)


def test_frames_larger_than_images_may_be_are_refused(tmp_path: Path) -> None:
    """By what the file declares, before memory is taken for them."""
    video = make_video(tmp_path, KINDS["FFV1 in avi"])
    data = video.read_bytes()
    size = SIZE[1].to_bytes(4, "little") + SIZE[0].to_bytes(4, "little")
    video.write_bytes(data.replace(size, (2**15).to_bytes(4, "little") * 2))
    assert "268435456 pixels are taken" in complaint(video)


def test_more_frames_than_names_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of six digits; here as if of fewer."""
    monkeypatch.setattr("faceflow.videos._MOST_FRAMES", 39)
    video = make_video(tmp_path, PLAIN)
    assert complaint(video) == "T1.mp4 cannot be read: it has 40 frames, at most 39 are taken"


@pytest.mark.parametrize("name", ["a b.mp4", "it's\n.mp4", "é漢.MP4", os.fsdecode(b"\xff.mp4")])
def test_names_of_videos_are_taken_as_they_are(tmp_path: Path, name: str) -> None:
    """Also in a folder that looks like an address."""
    made = make_video(tmp_path, PLAIN)
    folder = tmp_path / "concat:x"
    folder.mkdir()
    made.rename(folder / name)
    assert len(video_frame_names(folder / name)) == 40
    assert read(folder / name, 7).shape == (48, 64, 3)


def test_folder_that_is_called_like_a_video_is_a_folder(tmp_path: Path) -> None:
    """Its images are read as images."""
    folder = tmp_path / "T1.mp4"
    folder.mkdir()
    (folder / "000001.frame").write_bytes(encode_image(next(moving(1)), ".png"))
    assert np.array_equal(read_image(folder / "000001.frame"), next(moving(1)))


def test_ffmpeg_says_nothing_itself(tmp_path: Path) -> None:
    """Whatever it finds in a damaged video."""
    video = make_video(tmp_path, KINDS["MPEG-4 with B-frames in avi"])
    data = bytearray(video.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    video.write_bytes(data[:-900])
    code = f"""
from pathlib import Path
from faceflow.errors import FrameError
from faceflow.images import read_image
from faceflow.videos import video_frame_names
video = Path({str(video)!r})
failed = 0
for name in video_frame_names(video):
    try:
        read_image(video / name)
    except FrameError:
        failed += 1
print(failed > 0)
"""
    done = run_python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_pyav_is_loaded_only_where_a_video_is_met() -> None:
    """Not by reading images."""
    done = run_python("import sys, faceflow.sequences; assert 'av' not in sys.modules")
    assert (done.returncode, done.stderr) == (0, "")
