"""A classifier's file: a zip of plain arrays (NumPy's `.npz`), without a pickle, and a header in JSON.

The header holds the SHA-256 over all arrays, so that a file that was cut or changed by accident is refused. What is
read is bounded before it is unpacked. The same classifier gives the same bytes. No text of any issue stands in it:
words are hashes.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from rulewright.models.classifier.feature_matrix import MAX_TERMS, CueScaling, Vocabulary
from rulewright.models.classifier.hashed_ngrams import BLOCKS, HASH_SIZE
from rulewright.models.classifier.linear_model import ClassifierWeights, LinearClassifier
from rulewright.models.classifier.text_features import CUE_NAMES
from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT: Final = 1
"""Raised whenever features change: the weights of another format mean something else."""
KIND: Final = "rulewright/classifier"
LARGEST: Final = 64 << 20
"""Bytes of a file, and of all its arrays unpacked."""
MOST_ARRAYS: Final = 32
DATE: Final = (1980, 1, 1, 0, 0, 0)


def write_classifier(model: LinearClassifier, path: str) -> int:
    """Write the file whole or not at all; its size in bytes. Raises SourceError."""
    data = dump_classifier(model)
    part = f"{path}.{os.getpid()}.part"
    try:
        with open(part, "wb") as out:
            out.write(data)
        os.replace(part, path)
    except OSError as error:
        raise SourceError(f"cannot write {path}: {error.strerror or error}") from error
    return len(data)


def read_classifier(path: str) -> LinearClassifier:
    """Raises UsageError when there is no such file or it is no classifier, SourceError when it cannot be read."""
    try:
        with open(path, "rb") as stream:
            data = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise UsageError(
            f"there is no classifier {path}",
            hint=f"learn one: rulewright model fit --from issues.jsonl --label-field label --output {path}",
        ) from None
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from error
    return parse_classifier(data, path)


def dump_classifier(model: LinearClassifier) -> bytes:
    import numpy

    arrays: dict[str, Any] = {
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


def pack_array(array: Any) -> bytes:
    import numpy

    out = io.BytesIO()
    numpy.lib.format.write_array(out, numpy.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return out.getvalue()


def hash_arrays(packed: Mapping[str, bytes]) -> str:
    found = sha256()
    for name in sorted(packed):
        found.update(f"{name} {len(packed[name])}\n".encode())
        found.update(packed[name])
    return found.hexdigest()


def parse_classifier(data: bytes, name: str) -> LinearClassifier:
    """The classifier in `data`, everything checked. Raises UsageError saying what is wrong."""
    if len(data) > LARGEST:
        raise UsageError(f"{name} is larger than {LARGEST >> 20} MiB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ARRAYS or sum(entry.file_size for entry in entries) > LARGEST:
                raise UsageError(f"{name} unpacks to more than a classifier may be")
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
        raise UsageError(f"{name} is no classifier", hint="rulewright model fit writes them") from error
    if not isinstance(header, dict) or header.get("kind") != KIND:
        raise UsageError(f"{name} is no classifier", hint="rulewright model fit writes them")
    if header.get("format") != FORMAT:
        raise UsageError(
            f"{name} was learnt by another version (format {str(header.get('format'))[:9]}, needed {FORMAT})",
            hint="learn it again: rulewright model fit",
        )
    if header.get("sha256") != hash_arrays(packed):
        raise UsageError(f"{name} is damaged: its parts are not those that were written")
    try:
        return build_classifier(header, {key: unpack_array(value) for key, value in packed.items()})
    except (KeyError, TypeError, ValueError, EOFError) as error:
        raise UsageError(f"{name} is damaged", hint="learn it again: rulewright model fit") from error


def unpack_array(data: bytes) -> Any:
    import numpy

    return numpy.lib.format.read_array(io.BytesIO(data), allow_pickle=False)


def build_classifier(header: Mapping[str, Any], arrays: Mapping[str, Any]) -> LinearClassifier:
    """Raises KeyError, TypeError and ValueError when parts are missing or do not fit each other."""
    labels = tuple(header["labels"])
    if len(labels) < 2 or not all(isinstance(label, str) and label for label in labels):
        raise ValueError("labels")
    vocabularies = {}
    for block in BLOCKS:
        places, rarity = arrays[f"{block}.places"], check_array(arrays[f"{block}.rarity"], None)
        if places.dtype.str != "<u4" or places.shape != rarity.shape or len(places) > MAX_TERMS:
            raise ValueError(block)
        if len(places) and int(places.max()) >= HASH_SIZE:
            raise ValueError(block)
        pairs = enumerate(zip(places.tolist(), rarity.tolist(), strict=True))
        vocabularies[block] = Vocabulary({place: (column, weight) for column, (place, weight) in pairs})
    form = arrays["form"]
    if form.dtype.str != "<u8" or form.ndim != 1:
        raise ValueError("form")
    scaling = CueScaling(
        check_array(arrays["means"], (len(CUE_NAMES),)), check_array(arrays["spreads"], (len(CUE_NAMES),))
    )
    if not (scaling.spreads > 0).all():
        raise ValueError("spreads")

    def weights(kind: str) -> ClassifierWeights:
        blocks = {
            block: check_array(arrays[f"{kind}.{block}"], (len(vocabularies[block].columns), len(labels)))
            for block in BLOCKS
        }
        vectors = arrays.get(f"{kind}.vectors")
        return ClassifierWeights(
            blocks,
            check_array(arrays[f"{kind}.cues"], (len(CUE_NAMES), len(labels))),
            None if vectors is None else check_array(vectors, (len(vectors), len(labels))),
            check_array(arrays[f"{kind}.intercepts"], (len(labels),)),
        )

    full = weights("full") if "full.cues" in arrays else None
    about = dict(header["about"])
    if full is not None and (full.vectors is None or not isinstance(about.get("vectors"), str)):
        raise ValueError("full")
    return LinearClassifier(
        labels, frozenset(form.tolist()), vocabularies, scaling, weights("words"), full, about
    )


def check_array(found: Any, shape: tuple[int, ...] | None) -> Any:
    """`found` as finite float32 of that shape."""
    import numpy

    if found.dtype.kind != "f" or (shape is not None and found.shape != shape):
        raise ValueError("shape")
    out = found.astype("f4")
    if not numpy.isfinite(out).all():
        raise ValueError("not finite")
    return out
