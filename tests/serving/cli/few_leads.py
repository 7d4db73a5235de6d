"""A definition and a mapping so small that what commands say of it can be counted by hand."""

DEFINITION = """
format: 1
name: few_leads
title: {ja: 少ないリード, en: Few leads}
time_zone: Asia/Tokyo
behaviours:
  - {name: inquiry, label: {ja: 問い合わせ, en: Inquiry}}
attributes:
  - {name: channel, kind: category, label: {ja: 獲得チャネル, en: Channel}}
outcome: {stage: opportunity, horizon_days: 60}
cut_offs:
  mql: {rule: capacity, per_month: 100}
  sql: {rule: precision, at_least: 0.3}
rulebook:
  rules:
    - name: asked
      label: {ja: 問い合わせた, en: Asked}
      when: {behaviour: inquiry, at_least: 1, within_days: 30}
      points: 10
  mql: {points: 10}
  sql: {points: 10}
"""

MAPPING = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: people.csv
    lead_id: Person
    lead: {created_at: Since}
  - match: asked.csv
    lead_id: Person
    events:
      - {behaviour: inquiry, occurred_at: At}
"""
