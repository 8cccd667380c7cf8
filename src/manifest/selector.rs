//! Label selectors, evaluated as in the API server (apimachinery `labels.Requirement.Matches`).

use super::yaml::Spot;

/// True if a selector (`matchLabels`, `matchExpressions`) matches `labels`. A missing or empty selector matches all.
pub(super) fn matches(selector: Option<&Spot<'_>>, labels: &[(&str, &str)]) -> bool {
    let Some(selector) = selector else { return true };
    let exact = selector.pairs_of("matchLabels");
    exact.iter().all(|pair| labels.contains(pair))
        && expressions(selector).iter().all(|expression| expression_matches(expression, labels))
}

/// True if a plain map of labels (a Service's selector) matches; an empty map matches nothing.
pub(super) fn map_matches(selector: &[(&str, &str)], labels: &[(&str, &str)]) -> bool {
    !selector.is_empty() && selector.iter().all(|pair| labels.contains(pair))
}

/// True if the selector has no condition.
pub(super) fn is_empty(selector: Option<&Spot<'_>>) -> bool {
    selector.is_none_or(|selector| {
        selector.pairs_of("matchLabels").is_empty() && expressions(selector).is_empty()
    })
}

/// The selector in words: `name notin (a, b), app=x`.
pub(super) fn words(selector: Option<&Spot<'_>>) -> String {
    let Some(selector) = selector else { return String::new() };
    let mut words: Vec<_> =
        selector.pairs_of("matchLabels").iter().map(|(key, value)| format!("{key}={value}")).collect();
    for expression in expressions(selector) {
        let key = expression.text_of("key").unwrap_or("");
        let values = expression.texts_of("values").join(", ");
        words.push(match expression.text_of("operator").unwrap_or("") {
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            operator => format!("{key} {} ({values})", operator.to_lowercase()),
        });
    }
    words.join(", ")
}

fn expressions<'a>(selector: &Spot<'a>) -> Vec<Spot<'a>> {
    selector.get("matchExpressions").map_or_else(Vec::new, |list| list.items())
}

fn expression_matches(expression: &Spot<'_>, labels: &[(&str, &str)]) -> bool {
    let key = expression.text_of("key").unwrap_or("");
    let value = labels.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
    let listed = value.is_some_and(|value| expression.texts_of("values").contains(&value));
    match expression.text_of("operator").unwrap_or("") {
        "In" => listed,
        // A pod without the label is not in the list either.
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        // The API server refuses any other operator, so it excludes nothing.
        _ => true,
    }
}
