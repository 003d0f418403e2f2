"""Detectors against independent oracles: torchvision's own answers, OpenCV's decoding of the same darknet weights."""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from vision.core.results import PictureFacts
from vision.core.results_detect import DetectView
from vision.core.sift import sift
from vision.tasks import detect

ROOT = Path(__file__).parents[2]
WEIGHTS = ROOT / "assets" / "models" / "yolov4-tiny"


def picture(rgb):
    facts = PictureFacts(rgb.shape[1], rgb.shape[0], hashlib.sha256(rgb.tobytes()).hexdigest())
    return SimpleNamespace(rgb=rgb, facts=facts, width=facts.width, height=facts.height)


def net(family, module, labels):
    card = SimpleNamespace(key=family, revision="0", family=family)
    return SimpleNamespace(card=card, module=module, labels=labels, device=torch.device("cpu"))


def noise(seed, height, width):
    """A picture with structure at several scales, so that random nets do not answer the same everywhere."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (height // 16 + 1, width // 16 + 1, 3), np.uint8)
    return np.ascontiguousarray(np.kron(small, np.ones((16, 16, 1), np.uint8))[:height, :width])


@pytest.fixture(scope="module")
def yolo():
    from safetensors.torch import load_file

    from vision.models.darknet import Yolov4Tiny

    module = Yolov4Tiny().eval()
    module.load_state_dict(load_file(WEIGHTS / "model.safetensors"))
    return net("yolo", module, tuple(f"class {i}" for i in range(80)))


# ---- torchvision -------------------------------------------------------------------------------------------------------

SMALL = {"min_size": 128, "max_size": 192}
MODELS = {  # family, what makes a test fast, the layers that give class scores
    "fasterrcnn_mobilenet_v3_large_320_fpn": ("rcnn", {"rpn_score_thresh": 0.0}, "roi_heads.box_predictor.cls_score"),
    "fasterrcnn_resnet50_fpn_v2": ("rcnn", SMALL | {"rpn_post_nms_top_n_test": 60}, "roi_heads.box_predictor.cls_score"),
    "retinanet_resnet50_fpn_v2": ("retinanet", SMALL, "head.classification_head.cls_logits"),
    "fcos_resnet50_fpn": ("fcos", SMALL, "head.classification_head.cls_logits"),
    "ssdlite320_mobilenet_v3_large": ("ssd", {}, "head.classification_head.module_list"),
    "rcnn-everyday": ("rcnn", {}, "roi_heads.box_predictor.cls_score"),  # ours, of torchvision's parts
}


def random_torchvision(name, rgb):
    """A torchvision detector with seeded random weights, normalised layer by layer on `rgb`, so that scores spread over 0..1."""
    from torchvision.models import detection as zoo

    torch.manual_seed(7)
    _, options, where = MODELS[name]
    if name == "rcnn-everyday":
        from vision.models.everyday import EverydayRCNN

        module = EverydayRCNN(classes=6).eval()
    else:
        module = getattr(zoo, name)(weights=None, weights_backbone=None, num_classes=7, **options).eval()
    scores = {layer for key, layer in module.named_modules() if key.startswith(where) and getattr(layer, "bias", None) is not None}
    measured = set()

    def spread(layer, _, out):
        if layer in measured:  # a head that is used on every level
            return None
        measured.add(layer)
        if layer not in scores:
            gain = 1 / out.std().clamp(1e-9)
            layer.weight.data *= gain
            return out * gain
        channels = out.movedim(1, -1).flatten(0, -2)  # [values, channels]
        gain, mean = 1.5 / channels.std(0, unbiased=False).clamp(1e-3), channels.mean(0)
        layer.weight.data *= gain.view(-1, *[1] * (layer.weight.ndim - 1))
        layer.bias.data = (layer.bias.data - mean) * gain
        return ((out.movedim(1, -1) - mean) * gain).movedim(-1, 1)

    layers = [layer for key, layer in module.named_modules() if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear) and "bbox" not in key]
    handles = [layer.register_forward_hook(spread) for layer in layers]
    with torch.no_grad():
        module([torch.from_numpy(rgb).permute(2, 0, 1).float() / 255])
    for handle in handles:
        handle.remove()
    return module


@pytest.mark.parametrize("name", MODELS)
def test_detect_is_what_torchvision_answers(name):
    rgb = noise(1, 100, 143)
    module = random_torchvision(name, rgb)
    last = module.roi_heads if MODELS[name][0] == "rcnn" else module
    before = {key: value.clone() for key, value in module.state_dict().items()}
    found = detect.candidates(net(MODELS[name][0], module, tuple("abcdefg")), picture(rgb), floor=0.1, cap=10**6)
    for score, max_iou, limit in ((0.2, 0.5, 100), (0.35, 0.3, 15)):
        last.score_thresh, last.nms_thresh, last.detections_per_img = score, max_iou, limit
        with torch.inference_mode():
            expected = module([torch.from_numpy(rgb).permute(2, 0, 1).float() / 255])[0]
        shown = sift(found, DetectView(score, max_iou, limit=limit)).shown
        assert len(shown) == len(expected["scores"]) >= 10
        assert len(shown) < len(found.scores)
        ours = [(found.scores[i], found.classes[i], *found.xyxy[i]) for i in shown]
        rows = zip(expected["scores"].tolist(), expected["labels"].tolist(), expected["boxes"].tolist(), strict=True)
        np.testing.assert_allclose(ours, [(mark, label, *box) for mark, label, box in rows], atol=1e-3)
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


def test_proposals_are_the_boxes_that_candidates_came_from():
    rgb = noise(2, 120, 180)
    module = random_torchvision("fasterrcnn_mobilenet_v3_large_320_fpn", rgb)
    found = detect.candidates(net("rcnn", module, tuple("abcdefg")), picture(rgb))
    captured = []
    handle = module.roi_heads.register_forward_pre_hook(lambda _, args: captured.append(args[1][0]))
    with torch.inference_mode():
        module([torch.from_numpy(rgb).permute(2, 0, 1).float() / 255])
    handle.remove()
    scale = rgb.shape[1] / module.transform([torch.from_numpy(rgb).permute(2, 0, 1).float()])[0].image_sizes[0][1]
    np.testing.assert_allclose(found.proposals, captured[0].numpy() * scale, atol=0.5)
    assert len(found.objectness) == len(found.proposals)
    assert (np.diff(found.objectness) <= 0).all()
    assert found.sources.max() < len(found.proposals)


# ---- yolov4-tiny -------------------------------------------------------------------------------------------------------

OPENCV = json.loads((ROOT / "tests" / "golden" / "yolov4_tiny_opencv.json").read_text("utf-8"))


@pytest.mark.parametrize("name", OPENCV["pictures"])
def test_yolov4_tiny_is_what_opencv_reads_from_the_darknet_files(yolo, name):
    import skimage.data

    found = detect.candidates(yolo, picture(getattr(skimage.data, name)()))
    height, width = found.picture.height, found.picture.width
    ours = [(int(c), s, *b) for c, s, b in zip(found.classes, found.scores, found.xyxy, strict=True)]
    theirs = [(c, s, max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)) for c, s, x0, y0, x1, y1 in OPENCV["pictures"][name]]
    for row in theirs:  # OpenCV leaves out what is <= 0.2
        same = [r for r in ours if r[0] == row[0] and np.allclose(r[2:], row[2:], atol=2)]
        assert same, row
        assert min(abs(r[1] - row[1]) for r in same) < 0.01  # float16 storage: 0.004 measured
    assert sum(s > 0.21 for s in found.scores) <= len(theirs)


def test_the_shipped_weights_are_the_card_s():
    card = json.loads((WEIGHTS / "card.json").read_text("utf-8"))
    content = (WEIGHTS / "model.safetensors").read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (card["bytes"], card["sha256"])


def test_names_are_not_off_by_one(yolo):
    import skimage.data

    found = detect.candidates(yolo, picture(skimage.data.astronaut()))
    assert found.classes[0] == 0  # person
    found = detect.candidates(yolo, picture(skimage.data.coffee()))
    assert found.classes[0] == 41  # cup


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (300, 1), (33, 900)])
def test_any_shape_of_picture(yolo, size):
    found = detect.candidates(yolo, picture(np.full((*size, 3), 128, np.uint8)))
    assert (found.xyxy >= 0).all()
    assert (found.xyxy <= np.array([size[1], size[0]] * 2)).all()


def test_every_detector_has_a_name_for_each_of_its_outputs():
    from vision.models import loaders
    from vision.models.catalog import Catalog

    outputs = {"rcnn": "roi_heads.box_predictor.cls_score", "fcos": "head.classification_head.cls_logits"}
    for card in Catalog.read().cards:
        if card.family in outputs:
            layer = loaders.build(card).get_submodule(outputs[card.family])
            count = layer.out_features if card.family == "rcnn" else layer.out_channels
            assert len(card.labels) == count, card.key
            assert card.labels[0] == "background"
            assert len(set(card.labels)) == count


# ---- DETR --------------------------------------------------------------------------------------------------------------


def test_detr_boxes_and_names_are_those_of_transformers(monkeypatch):
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(3)
    sizes = {"d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "num_queries": 12, "num_labels": 5}
    backbone = transformers.ResNetConfig(
        depths=[1, 1, 1, 1], hidden_sizes=[8, 8, 8, 8], embedding_size=8, layer_type="basic", out_features=["stage4"]
    )
    config = transformers.DetrConfig(
        use_timm_backbone=False, backbone_config=backbone, backbone=None, use_pretrained_backbone=False, **sizes, **heads
    )
    module = transformers.DetrForObjectDetection(config).eval()
    with torch.no_grad():
        module.class_labels_classifier.weight.mul_(40)
    rgb = noise(4, 60, 90)
    from vision.models.detr import prepare

    found = detect.candidates(net("detr", module, tuple("abcde")), picture(rgb))
    with torch.inference_mode():
        out = module(pixel_values=prepare(rgb, "cpu"))
    best = out.logits[0].softmax(-1)[:, :-1].max(-1)
    assert found.suppresses is False
    for query in range(12):
        rows = np.flatnonzero(found.sources == query)
        if len(rows):
            assert found.scores[rows].max() == pytest.approx(float(best.values[query]), abs=1e-6)
            assert found.classes[rows[found.scores[rows].argmax()]] == int(best.indices[query])
    everything = sift(found, DetectView(score=0.011, iou=0.0, agnostic=True, limit=10**6))
    assert everything.counts.suppressed == 0


def test_detr_s_files_on_the_hub_fit_the_module(tmp_path):
    """transformers saves under the names that the hub's files have."""
    pytest.importorskip("transformers")
    from safetensors.torch import load_file

    from vision.models import layouts, loaders
    from vision.models.catalog import Catalog

    card = Catalog.read()["detr-resnet-50"]
    module = loaders.build(card)
    module.save_pretrained(tmp_path)
    files = load_file(tmp_path / "model.safetensors")
    assert "model.backbone.conv_encoder.model.conv1.weight" in files
    fresh = loaders.build(card)
    fresh.load_state_dict(layouts.LAYOUTS[card.layout](files, fresh))
    assert all(torch.equal(value, fresh.state_dict()[name]) for name, value in module.state_dict().items())
    assert sum(value.numel() for value in module.parameters()) == card.params
    assert len(card.labels) + 1 == module.class_labels_classifier.out_features
