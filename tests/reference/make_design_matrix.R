# Truth: R survey's means, totals, shares, ratios, domains, quantiles with their errors, df, intervals and
# deff, for one sample under 21 designs. Writes design_matrix.json. Run in this folder: Rscript make_design_matrix.R

source("design_sample.R")
d <- design_sample()
source("designs.R")

ALPHA <- 0.05

row <- function(estimate, se = NA, df = NA, low = NA, high = NA, deff = NA, n = NA, n_level = NA, weighted_n = NA) {
  as.data.frame(lapply(list(estimate = estimate, std_error = se, conf_low = low, conf_high = high, df = df, deff = deff,
                            n = n, n_level = n_level, weighted_n = weighted_n), as.numeric))
}
t_row <- function(value, df, deff = NA, ...) {
  se <- as.numeric(SE(value))
  half <- qt(1 - ALPHA / 2, df) * se
  row(as.numeric(coef(value)), se, df, coef(value) - half, coef(value) + half, deff, ...)
}

# One estimate on the rows of `used`, a domain of the design. NULL where df < 1 or nobody answered.
estimate <- function(case, used, estimator, measure, level = NULL) {
  v <- if (estimator == "ratio") c("y", "x") else measure
  used <- used & complete.cases(d[v])
  n <- sum(used)
  df <- if (n) df_of(case$spec, used) else 0
  if (df < 1) return(row(NA, df = df, n = n))
  sub <- case$design[used, ]
  # A calibrated design keeps the rows outside the domain at weight zero, and 0 * NA is NA.
  for (column in v) sub$variables[[column]][is.na(sub$variables[[column]])] <- 0
  size <- sum(weights(sub))
  f <- reformulate(measure)
  switch(estimator,
    mean = { m <- svymean(f, sub, deff = "replace"); t_row(m, df, as.numeric(deff(m)), n = n, weighted_n = size) },
    total = t_row(svytotal(f, sub), df, n = n, weighted_n = size),
    ratio = { r <- svyratio(~y, ~x, sub); t_row(r, df, n = n, weighted_n = size) },
    proportion = share(sub, measure, level, df, n, size),
    quantile = {
      # Where two values tie for the quantile, the SE is the interval's width over 2t.
      q <- svyquantile(f, sub, as.numeric(level), qrule = "school", interval.type = "mean", df = df, alpha = ALPHA)[[1]]
      row(q[, "quantile"], q[, "se"], df, q[, "ci.2.5"], q[, "ci.97.5"], n = n, weighted_n = size)
    })
}
share <- function(sub, measure, level, df, n, size) {
  sub$variables$hit <- as.numeric(sub$variables[[measure]] == level)
  hits <- sum(sub$variables$hit[weights(sub) > 0])
  if (hits == 0 || hits == n) { # no error to estimate: Clopper-Pearson on n
    exact <- binom.test(hits, n)$conf.int
    return(row(hits / n, NA, df, exact[1], exact[2], n = n, n_level = hits, weighted_n = size))
  }
  m <- svymean(~hit, sub, deff = "replace")
  if (as.numeric(SE(m)) < 1e-10) { # calibration fixes the value
    return(row(coef(m), 0, df, coef(m), coef(m), 0, n, hits, size))
  }
  ci <- confint(svyciprop(~hit, sub, method = "xlogit", df = df, level = 1 - ALPHA))
  row(coef(m), SE(m), df, ci[1], ci[2], as.numeric(deff(m)), n, hits, size)
}

# One case: an estimator of a measure, over everyone or over the cells of a grouping.
one_case <- function(name, estimator, measure, by = character(), levels = NA) {
  case <- designs[[name]]
  options(survey.lonely.psu = if (is.null(case$lonely)) "fail" else case$lonely)
  cells <- if (length(by)) expand.grid(rev(lapply(d[by], function(v) sort(unique(v)))), stringsAsFactors = FALSE)[rev(seq_along(by))] else data.frame(row.names = 1)
  out <- NULL
  for (i in seq_len(max(1, nrow(cells)))) for (level in levels) {
    used <- rep(TRUE, nrow(d))
    for (v in names(cells)) used <- used & !is.na(d[[v]]) & d[[v]] == cells[i, v]
    got <- estimate(case, used, estimator, measure, if (is.na(level)) NULL else level)
    key <- list(by_level = if (length(by)) as.character(cells[i, 1]), by2_level = if (length(by) > 1) as.character(cells[i, 2]),
                level = if (!is.na(level)) as.character(level))
    out <- rbind(out, cbind(as.data.frame(Filter(Negate(is.null), c(key, recursive = FALSE, list(at = i)))), got))
  }
  out$at <- NULL
  out <- out[vapply(out, function(column) !all(is.na(column)), TRUE)]
  list(id = paste(c(name, estimator, measure, by), collapse = "/"), design = name, estimator = estimator,
       measure = measure, by = I(by), expected = lapply(as.list(out), I))
}

cases <- list()
for (name in names(designs)) {
  add <- function(...) cases[[length(cases) + 1]] <<- one_case(name, ...)
  for (by in list(character(), "g", c("g", "sex"))) {
    add("mean", "y", by)
    add("proportion", if (length(by) == 2) "yes" else "item", by, if (length(by) == 2) 0:1 else 1:5)
  }
  add("total", "y")
  add("total", "y", "g")
  add("ratio", "y")
  add("ratio", "y", "g")
  add("proportion", "sex", character(), c("f", "m"))
  add("quantile", "y", character(), c(0.25, 0.5, 0.75))
  add("quantile", "y", "g", 0.5)
  add("quantile", "item", character(), c(0.25, 0.5, 0.75))
}

d$stratum_psu <- paste(d$stratum, d$psu)
write_reference(list(data = as.list(d[names(d) != "one"]), designs = lapply(designs, declared), cases = cases), "design_matrix.json")
cat(length(cases), "cases,", sum(vapply(cases, function(x) length(x$expected$estimate), 0L)), "estimates\n")
