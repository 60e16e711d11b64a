"""Records results of Great Expectations: a suite that holds in part, an empty suite, an empty table. Usage: FOLDER"""

from __future__ import annotations

import json
import re
import shutil
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")


def main(out: Path) -> None:
    """Write one JSON file a case."""
    import great_expectations as gx
    import great_expectations.expectations as gxe
    import pandas as pd

    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("answers")
    batch_definition = asset.add_batch_definition_whole_dataframe("all")
    frame = pd.DataFrame(
        {
            "id": range(20),
            "score": [0.5 + number / 40 for number in range(18)] + [None, 1.7],
            "text": ["yes"] * 19 + [None],
        }
    )

    def suite(*more: gxe.Expectation) -> list[gxe.Expectation]:
        return [
            gxe.ExpectColumnValuesToBeUnique(column="id"),
            gxe.ExpectColumnValuesToBeBetween(column="score", min_value=0, max_value=1),
            gxe.ExpectColumnMeanToBeBetween(column="score", min_value=0, max_value=2),
            gxe.ExpectColumnValuesToNotBeNull(column="text", mostly=0.9),
            gxe.ExpectTableRowCountToBeBetween(min_value=1, max_value=100),
            *more,
        ]

    def save(name: str, frame: pd.DataFrame, expectations: list) -> None:
        named = gx.ExpectationSuite(name=f"answers-{name}", expectations=expectations)
        batch = batch_definition.get_batch(batch_parameters={"dataframe": frame})
        result = batch.validate(named)
        text = json.dumps(result.to_json_dict(), indent=1)
        # A traceback names the folders of this machine.
        text = re.sub(r'("exception_traceback": )"(?:[^"\\]|\\.)*"', r'\1"Traceback"', text)
        (out / f"{name}.json").write_text(text + "\n")

    save("results", frame, suite())
    save("missing-column", frame, suite(gxe.ExpectColumnValuesToNotBeNull(column="absent")))
    save("empty-suite", frame, [])
    save("empty-table", frame.iloc[:0], suite())
    kept = context.suites.add(gx.ExpectationSuite(name="checkpoint", expectations=suite()))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name="answers", data=batch_definition, suite=kept)
    )
    checkpoint = context.checkpoints.add(gx.Checkpoint(name="nightly", validation_definitions=[definition]))
    checkpoint_result = checkpoint.run(batch_parameters={"dataframe": frame})
    described = checkpoint_result.describe_dict()
    (out / "checkpoint.json").write_text(json.dumps(described, indent=1, default=str) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
