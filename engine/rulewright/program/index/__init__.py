"""The rule index: which rules of a route an event can concern. See docs/rule-index.md."""

from rulewright.program.index.rule_index import RuleIndex as RuleIndex
