"""The file of a classifier: a zip of plain arrays (NumPy's `.npz`), without a pickle, and a header in JSON.

The header holds the SHA-256 over all arrays, so that a file that was cut or changed by accident is refused. The size
is checked before anything is unpacked. The same classifier gives the same bytes. The file holds no text of any issue:
words are stored as hashes.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import numpy

from rulewright.models.classifier import MAX_CLASSIFIER_BYTES, read_classifier_bytes
from rulewright.models.classifier.feature_matrix import MAX_TERMS, CueScaling, Vocabulary
from rulewright.models.classifier.hashed_ngrams import BLOCKS, HASH_SIZE
from rulewright.models.classifier.linear_model import ClassifierWeights, LinearClassifier
from rulewright.models.classifier.text_features import CUE_NAMES
from rulewright.policy.diagnostics import UsageError, translate_os_errors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from numpy.typing import NDArray

    from rulewright.models.classifier.linear_model import TrainingReport
    from rulewright.models.embedding.embedder import FloatArray

    NumberArray: TypeAlias = NDArray[numpy.number]

FORMAT: Final = 1
"""Raised whenever features change: the weights of another format mean something else."""
KIND: Final = "rulewright/classifier"
MAX_ARRAYS: Final = 32
DATE: Final = (1980, 1, 1, 0, 0, 0)


def write_classifier(model: LinearClassifier, path: str) -> int:
    """Write the file completely or not at all; its size in bytes. Raises SourceError."""
    data = dump_classifier(model)
    part = f"{path}.{os.getpid()}.part"
    with translate_os_errors(f"cannot write {path}"):
        with open(part, "wb") as out:
            out.write(data)
        os.replace(part, path)
    return len(data)


def read_classifier(path: str) -> LinearClassifier:
    """Raises UsageError when there is no such file or it is no classifier, SourceError when it cannot be read."""
    return parse_classifier(read_classifier_bytes(path), path)


def dump_classifier(model: LinearClassifier) -> bytes:
    """The bytes of a classifier's file."""
    arrays: dict[str, NumberArray] = {
        "form": numpy.array(sorted(model.form), "<u8"),
        "means": model.scaling.means.astype("<f4"),
        "spreads": model.scaling.spreads.astype("<f4"),
    }
    for block, vocabulary in model.vocabularies.items():
        ordered = sorted(vocabulary.columns.items(), key=lambda pair: pair[1][0])
        arrays[f"{block}.places"] = numpy.array([place for place, _ in ordered], "<u4")
        arrays[f"{block}.rarity"] = numpy.array([rarity for _, (_, rarity) in ordered], "<f2")
    for kind, weights in (("words", model.words), ("full", model.full)):
        if weights is not None:
            arrays |= {f"{kind}.{block}": table.astype("<f2") for block, table in weights.blocks.items()}
            arrays[f"{kind}.cues"] = weights.cues.astype("<f2")
            arrays[f"{kind}.intercepts"] = weights.intercepts.astype("<f4")
            if weights.vectors is not None:
                arrays[f"{kind}.vectors"] = weights.vectors.astype("<f2")
    packed = {name: pack_array(array) for name, array in sorted(arrays.items())}
    header = {
        "kind": KIND,
        "format": FORMAT,
        "labels": list(model.labels),
        "about": dict(model.about),
        "sha256": hash_arrays(packed),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        head = json.dumps(header, sort_keys=True, ensure_ascii=False).encode()
        for name, data in (("header.json", head), *((f"{name}.npy", data) for name, data in packed.items())):
            archive.writestr(zipfile.ZipInfo(name, DATE), data, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def pack_array(array: NumberArray) -> bytes:
    out = io.BytesIO()
    numpy.lib.format.write_array(out, numpy.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return out.getvalue()


def unpack_array(data: bytes) -> NumberArray:
    return numpy.lib.format.read_array(io.BytesIO(data), allow_pickle=False)


def hash_arrays(packed: Mapping[str, bytes]) -> str:
    """SHA-256 over names, sizes and bytes, in the order of names."""
    out = sha256()
    for name in sorted(packed):
        out.update(f"{name} {len(packed[name])}\n".encode())
        out.update(packed[name])
    return out.hexdigest()


def parse_classifier(data: bytes, name: str) -> LinearClassifier:
    """The classifier in `data`, with every part checked. Raises UsageError with the reason."""
    if len(data) > MAX_CLASSIFIER_BYTES:
        raise UsageError(f"{name} is larger than {MAX_CLASSIFIER_BYTES >> 20} MiB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ARRAYS or sum(entry.file_size for entry in entries) > MAX_CLASSIFIER_BYTES:
                raise UsageError(f"{name} is too large when unpacked")
            packed = {entry.filename: archive.read(entry) for entry in entries}
        header = json.loads(packed.pop("header.json"))
        packed = {key.removesuffix(".npy"): value for key, value in packed.items()}
    except UsageError:
        raise
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        RecursionError,
        NotImplementedError,
        EOFError,
        OSError,
    ) as error:
        raise UsageError(
            f"{name} is not a classifier", hint="create one with rulewright model fit"
        ) from error
    if not isinstance(header, dict) or header.get("kind") != KIND:
        raise UsageError(f"{name} is not a classifier", hint="create one with rulewright model fit")
    if header.get("format") != FORMAT:
        raise UsageError(
            f"{name} was trained by another version (format {str(header.get('format'))[:9]}, needed {FORMAT})",
            hint="train it again: rulewright model fit",
        )
    if header.get("sha256") != hash_arrays(packed):
        raise UsageError(f"{name} is damaged")
    try:
        return build_classifier(header, {key: unpack_array(value) for key, value in packed.items()})
    except (KeyError, TypeError, ValueError, EOFError) as error:
        raise UsageError(f"{name} is damaged", hint="train it again: rulewright model fit") from error


def build_classifier(header: Mapping[str, object], arrays: Mapping[str, NumberArray]) -> LinearClassifier:
    """Raises KeyError, TypeError and ValueError when parts are missing or do not fit each other."""
    labels = read_labels(header)
    vocabularies = {block: read_vocabulary(arrays, block) for block in BLOCKS}
    form = arrays["form"]
    if form.dtype.str != "<u8" or form.ndim != 1:
        raise ValueError("form")
    cues = len(CUE_NAMES)
    scaling = CueScaling(check_array(arrays["means"], (cues,)), check_array(arrays["spreads"], (cues,)))
    if not (scaling.spreads > 0).all():
        raise ValueError("spreads")

    def read_weights(kind: str) -> ClassifierWeights:
        blocks = {
            block: check_array(arrays[f"{kind}.{block}"], (len(vocabulary.columns), len(labels)))
            for block, vocabulary in vocabularies.items()
        }
        vectors = arrays.get(f"{kind}.vectors")
        return ClassifierWeights(
            blocks,
            check_array(arrays[f"{kind}.cues"], (cues, len(labels))),
            None if vectors is None else check_array(vectors, (len(vectors), len(labels))),
            check_array(arrays[f"{kind}.intercepts"], (len(labels),)),
        )

    full = read_weights("full") if "full.cues" in arrays else None
    about: TrainingReport = dict(header["about"])  # type: ignore[call-overload]
    if full is not None and (full.vectors is None or not isinstance(about.get("vectors"), str)):
        raise ValueError("full")
    words = read_weights("words")
    return LinearClassifier(labels, frozenset(form.tolist()), vocabularies, scaling, words, full, about)


def read_labels(header: Mapping[str, object]) -> tuple[str, ...]:
    labels = header["labels"]
    if not isinstance(labels, list) or len(labels) < 2:
        raise ValueError("labels")
    if not all(isinstance(label, str) and label for label in labels):
        raise ValueError("labels")
    return tuple(labels)


def read_vocabulary(arrays: Mapping[str, NumberArray], block: str) -> Vocabulary:
    places, rarity = arrays[f"{block}.places"], check_array(arrays[f"{block}.rarity"], None)
    if places.dtype.str != "<u4" or places.shape != rarity.shape or len(places) > MAX_TERMS:
        raise ValueError(block)
    if len(places) and int(places.max()) >= HASH_SIZE:
        raise ValueError(block)
    pairs = enumerate(zip(places.tolist(), rarity.tolist(), strict=True))
    return Vocabulary({place: (column, weight) for column, (place, weight) in pairs})


def check_array(array: NumberArray, shape: tuple[int, ...] | None) -> FloatArray:
    """`array` as float32. Raises ValueError when it has another shape, or holds what is no finite number."""
    if array.dtype.kind != "f" or (shape is not None and array.shape != shape):
        raise ValueError("shape")
    out = array.astype("f4")
    if not numpy.isfinite(out).all():
        raise ValueError("not finite")
    return out
