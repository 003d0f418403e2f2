"""Python and JavaScript roll attention out identically, to the last bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.core import rollout

fusion = st.sampled_from(rollout.FUSIONS)
share = st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0, 1)
index = st.integers(-1, 2)


@st.composite
def materials(draw, least=2, most=12):
    """Attention in steps with many ties and zeros, scales of very different size; not softmax rows, as the twins need not know."""
    layers, heads, n = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(least, most))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    attention = random.integers(0, draw(st.sampled_from([2, 4, 256])), (layers, heads, n, n)).astype(np.uint8)
    scale = (random.random((layers, heads, n)) * 10.0 ** random.integers(-6, 1, (layers, heads, n))).astype(np.float32)
    low = draw(st.integers(0, n - 1))
    return attention, scale, draw(st.integers(0, n - 1)), (low, draw(st.integers(low + 1, n)))


def flat(array):
    return np.asarray(array).ravel().tolist()


@settings(max_examples=2000, deadline=None)
@given(materials(), index, index, fusion)
def test_attend(twin, material, layer, head, how):
    attention, scale, _, reads = material
    layer, head = min(layer, attention.shape[0] - 1), min(head, attention.shape[1] - 1)
    here = rollout.attend(attention, scale, reads, layer=layer, head=head, fusion=how)
    assert here.tolist() == twin("rollout.js", "attend", flat(attention), flat(scale), attention.shape[:3], reads, layer, head, how)


@settings(max_examples=2000, deadline=None)
@given(materials(), index, index, fusion, share)
def test_roll(twin, material, layer, head, how, discard):
    attention, scale, prefix, reads = material
    layer, head = min(layer, attention.shape[0] - 1), min(head, attention.shape[1] - 1)
    here = rollout.roll(attention, scale, prefix, reads, layer=layer, head=head, fusion=how, discard=discard)
    args = (flat(attention), flat(scale), attention.shape[:3], prefix, reads, layer, head, how, discard)
    assert here.tolist() == twin("rollout.js", "roll", *args)


@settings(max_examples=2000, deadline=None)
@given(materials(1, 9), fusion, share)
def test_steps_of_a_roll(twin, material, how, discard):
    attention, scale, prefix, reads = material
    tokens, picks = attention.shape[-1], list(range(attention.shape[1]))
    fused = rollout.fuse(attention[0], scale[0], how)
    assert flat(fused) == twin("rollout.js", "fuse", flat(attention), flat(scale), tokens, picks, how)
    pruned = rollout.prune(fused, discard, prefix)
    assert flat(pruned) == twin("rollout.js", "prune", flat(fused), tokens, discard, prefix)
    mixed = rollout.mix(pruned)
    assert flat(mixed) == twin("rollout.js", "mix", flat(pruned), tokens)
    start = rollout.begin(tokens, reads)
    assert start.tolist() == twin("rollout.js", "begin", tokens, reads)
    assert rollout.flow([mixed, mixed], start).tolist() == twin("rollout.js", "flow", [flat(mixed), flat(mixed)], start.tolist())


@pytest.mark.parametrize("discard", [0.0, 0.37])
def test_a_whole_transformer(twin, discard):
    random = np.random.default_rng(7)
    attention = random.integers(0, 256, (12, 3, 197, 197)).astype(np.uint8)
    scale = random.random((12, 3, 197)).astype(np.float32)
    here = rollout.roll(attention, scale, 1, (0, 1), discard=discard)
    args = (flat(attention), flat(scale), attention.shape[:3], 1, (0, 1), -1, -1, "mean", discard)
    assert here.tolist() == twin("rollout.js", "roll", *args)
