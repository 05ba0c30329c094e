"""A small library of law, to be broken in one place at a time."""

from __future__ import annotations

FACTS = """
facts:
- {name: org.bank, type: yes-no, question: {en: "Is it a bank?"}, help: {en: "By licence."}}
- {name: org.kind, type: choice, values: [a, b, ""], question: {en: "Which kind?"}, help: {en: "One of them."}}
- {name: inc.loss, type: number, unit: EUR, question: {en: "Which loss?"}, help: {en: "All of it."}}
- {name: inc.persons, type: integer, unit: persons, question: {en: "How many?"}, help: {en: "At least."}}
- {name: inc.share, type: number, unit: percent, maximum: 100, question: {en: "Which share?"}, help: {en: "Of users."}}
- {name: inc.minor, type: yes-no, question: {en: "Is it minor?"}, help: {en: "No harm."}}
- {name: inc.grade, type: choice, values: ["", low, high], question: {en: "Which grade?"}, help: {en: "By the annex."}}
- name: inc.late
  type: yes-no
  question: {en: "Classified late?"}
  help: {en: "More than a day after awareness."}
  from_events: {event: determined, after: aware, more_than_hours: 24}
contradictions:
- {when: inc.minor && inc.loss > 1000000.0, question: {en: "Minor, with such a loss?"}}
"""

RULES = """
rules:
- {id: plain, title: {en: Plain}, text: By the clock., arithmetic: plain, citation: none, confidence: P, sources: [s]}
- id: rolling
  title: {en: Rolling}
  text: Over weekends.
  arithmetic: rolling
  citation: Article 3
  confidence: S
  sources: [s]
- id: noon
  title: {en: Noon}
  text: Noon of the next working day.
  arithmetic: rolling
  relief: {except_stages: [first], except_when: org.bank}
  citation: Article 5
  confidence: P
  sources: [s]
"""

SOURCES = "sources: {s: {title: A source, url: 'https://example.org/', kind: primary}}\n"

LAW = """
id: xx.law
version: 1
jurisdiction: XX
instrument: {en: The Law}
article: Article 1
status: in force
validity: {from: '2020-01-01', citation: Article 9, confidence: P, sources: [s]}
knowledge: '2026-01-01'
who: {text: Banks., when: org.bank, citation: Article 1, confidence: P, sources: [s]}
trigger: {text: A loss., when: inc.loss > 5.0 || inc.persons > 3, citation: Article 2, confidence: P, sources: [s]}
time_rule: plain
stages:
- id: first
  title: {en: First}
  due: {within: 24 hours, from: aware}
  recipient: The authority
  content: [What happened]
  citation: Article 3
  confidence: P
  sources: [s]
- id: final
  title: {en: Final}
  due: {within: 1 month, from: submitted, of: first}
  recipient: The authority
  citation: Article 4
  confidence: M
  sources: [s]
"""

SPECIAL = (
    LAW.replace("xx.law", "xx.special").replace("The Law", "The Special Law").replace("org.bank", "org.kind == 'a'")
)

TABLE = """
id: xx.grades
title: {en: Grades}
result: inc.grade
policy: highest
rows:
- {when: inc.loss > 100.0, result: high, text: A great loss., citation: Annex I, confidence: P, sources: [s]}
- {when: inc.loss > 10.0, result: low, text: Some loss., citation: Annex II, confidence: P, sources: [s]}
"""


def files(**more: str) -> dict[str, str]:
    """The files by their paths; ``law="…"`` puts another text in the place of ``law.yaml``."""
    whole = {"facts": FACTS, "rules": RULES, "sources": SOURCES, "law": LAW, "table": TABLE} | more
    return {f"{name}.yaml": text for name, text in whole.items()}
