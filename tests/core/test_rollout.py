"""Rollout against naive numpy: a double loop for fusing and pruning, the whole matrix product for the chain."""

import numpy as np
import pytest

from vision.core import rollout


def material(seed, layers=3, heads=4, tokens=11):
    random = np.random.default_rng(seed)
    logits = random.normal(size=(layers, heads, tokens, tokens)) * 3
    soft = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    scale = soft.max(-1).astype(np.float32)
    return np.floor(soft / scale[..., None] * 255 + 0.5).clip(0, 255).astype(np.uint8), scale


def naive(attention, scale, prefix, fusion, discard):
    """Abnar & Zuidema 2020: the product of all (A + I), rows normalised, as full matrices."""
    tokens = attention.shape[-1]
    product = np.eye(tokens)
    for matrices, steps in zip(attention, scale.astype(float), strict=True):
        fused = getattr(np, fusion)(matrices * steps[..., None] / 255, axis=0)
        entries = sorted((fused[i, j], i, j) for i in range(tokens) for j in range(prefix, tokens))
        for _, i, j in entries[: int(discard * len(entries))]:
            fused[i, j] = 0
        mixed = fused / 2 + np.eye(tokens) / 2
        product = mixed / mixed.sum(1, keepdims=True) @ product
    return product


@pytest.mark.parametrize("fusion", rollout.FUSIONS)
@pytest.mark.parametrize("discard", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("prefix", [0, 1, 5])
def test_rollout_is_the_matrix_product(fusion, discard, prefix):
    attention, scale = material(prefix)
    whole = naive(attention, scale, prefix, fusion, discard)
    assert np.allclose(whole.sum(1), 1)
    for query in range(attention.shape[-1]):
        row = rollout.roll(attention, scale, prefix, (query, query + 1), fusion=fusion, discard=discard)
        assert np.allclose(row, whole[query], atol=1e-14)
    mean = rollout.roll(attention, scale, prefix, (prefix, 11), fusion=fusion, discard=discard)
    assert np.allclose(mean, whole[prefix:].mean(0), atol=1e-14)


def test_rollout_up_to_a_layer_and_of_one_head():
    attention, scale = material(1)
    row = rollout.roll(attention, scale, 1, (0, 1), layer=1, head=2)
    assert np.allclose(row, naive(attention[:2, 2:3], scale[:2, 2:3], 1, "mean", 0)[0], atol=1e-14)


def test_discarding_nothing_changes_nothing_and_all_leaves_the_class_token():
    attention, scale = material(2)
    plain = rollout.roll(attention, scale, 1, (0, 1))
    assert np.array_equal(plain, rollout.roll(attention, scale, 1, (0, 1), discard=0.0))
    fused = rollout.fuse(attention[0], scale[0], "mean")
    bare = rollout.prune(fused, 1.0, 1)
    assert np.array_equal(bare[:, 0], fused[:, 0])
    assert not bare[:, 1:].any()
    assert np.allclose(rollout.roll(attention, scale, 1, (0, 1), discard=1.0), np.eye(11)[0])


def test_equal_entries_go_in_reading_order():
    matrix = np.full((3, 3), 0.25)
    assert rollout.prune(matrix, 0.5, 1).tolist() == [[0.25, 0, 0], [0.25, 0, 0.25], [0.25, 0.25, 0.25]]
    assert matrix.tolist() == [[0.25] * 3] * 3


@pytest.mark.parametrize("fusion", rollout.FUSIONS)
def test_attend_fuses_then_takes_the_mean_of_the_queries(fusion):
    attention, scale = material(3)
    values = attention * scale.astype(float)[..., None] / 255
    row = rollout.attend(attention, scale, (2, 6), layer=1, fusion=fusion)
    assert np.allclose(row, getattr(np, fusion)(values[1], axis=0)[2:6].mean(0))
    everything = rollout.attend(attention, scale, (0, 1), fusion=fusion)
    assert np.allclose(everything, getattr(np, fusion)(values, axis=(0, 1))[0])
    assert np.allclose(rollout.attend(attention, scale, (0, 1), layer=2, head=3), values[2, 3, 0])


def test_sums_run_in_the_written_order():
    random = np.random.default_rng(5)
    matrix, vector = random.random((197, 197)), random.random(197)
    out = np.zeros(197)
    for i in range(197):
        for j in range(197):
            out[j] += matrix[i, j] * vector[i]
    assert np.array_equal(rollout.flow([matrix], vector), out)
