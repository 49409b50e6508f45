# Truth: one factor against several correlated ones, ordinal items, WLSMV: lavaan's test of the difference
# (Satorra 2000, scaled and shifted), both models' robust fit, factor correlations with their errors.
# Writes nested.json. Run in this folder: Rscript make_nested.R

suppressMessages({library(lavaan); library(jsonlite)})
set.seed(20261205)
options(digits = 17)
five <- c(-1.4, -0.5, 0.3, 1.2)

ordinal_items <- function(n, loadings, phi, thresholds) {
  factors <- matrix(rnorm(n * ncol(loadings)), n) %*% chol(phi)
  unique <- sqrt(1 - rowSums((loadings %*% phi) * loadings))
  response <- factors %*% t(loadings) + matrix(rnorm(n * nrow(loadings)), n) %*% diag(unique)
  found <- as.data.frame(sapply(seq_along(thresholds), function(j) findInterval(response[, j], thresholds[[j]])))
  setNames(found, paste0("y", seq_along(thresholds)))
}
nested_case <- function(name, d, pattern) {
  items <- paste0("y", seq_len(nrow(pattern)))
  several <- paste(sapply(seq_len(ncol(pattern)), function(f)
    paste0("f", f, " =~ ", paste(items[pattern[, f] == 1], collapse = " + "))), collapse = "\n")
  fit <- function(model) cfa(model, d, ordered = items, estimator = "WLSMV", std.lv = TRUE, control = list(rel.tol = 1e-10))
  wide <- fit(several)
  narrow <- fit(paste("f =~", paste(items, collapse = " + ")))
  test <- lavTestLRT(wide, narrow)
  e <- parameterEstimates(wide)
  e <- e[e$op == "~~" & e$lhs != e$rhs & grepl("^f", e$lhs), ]
  robust <- function(f) as.list(unclass(fitMeasures(f, c("chisq.scaled", "df", "cfi.scaled", "rmsea.scaled"))))
  list(name = name, data = unname(as.list(d)), pattern = pattern, chisq_diff = test[2, "Chisq diff"], df_diff = test[2, "Df diff"],
    p_value = test[2, "Pr(>Chisq)"], several = robust(wide), one = robust(narrow),
    correlation = I(e$est), std_error = I(e$se), low = I(e$ci.lower), high = I(e$ci.upper))
}
facets <- cbind(c(0.8, 0.7, 0.75, 0, 0), c(0, 0, 0, 0.8, 0.7))
correlated <- function(r) matrix(c(1, r, r, 1), 2)
two <- ordinal_items(400, facets, correlated(0.5), rep(list(five), 5))
near <- ordinal_items(400, facets, correlated(0.97), rep(list(five), 5))
three <- ordinal_items(500, cbind(c(0.8, 0.7, 0.75, rep(0, 6)), c(rep(0, 3), 0.7, 0.6, 0.8, rep(0, 3)), c(rep(0, 6), 0.7, 0.75, 0.6)),
  matrix(c(1, 0.5, 0.7, 0.5, 1, 0.6, 0.7, 0.6, 1), 3), c(rep(list(five), 4), rep(list(c(-0.7, 0.6)), 3), list(0.2, c(-1, 0, 1))))
write_json(list(
  nested_case("two facets", two, (facets > 0) * 1),
  nested_case("one thing", near, (facets > 0) * 1),
  nested_case("three facets, mixed categories", three, kronecker(diag(3), matrix(1, 3, 1)))),
  "nested.json", digits = NA, auto_unbox = TRUE, matrix = "rowmajor")
