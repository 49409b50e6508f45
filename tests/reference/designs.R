# The designs that the reference files share, each with what a study would declare (`spec`) and R survey's object.

library(survey)
options(survey.adjust.domain.lonely = FALSE, survey.lonely.psu = "fail")

# Targets: the weighted sample, tilted; one total for all margins.
tilt <- function(dims, by) {
  w <- d$w * (1 + by * (d$sex == "m") - by * (d$age == "55+") + by / 2 * (d$stratum == "C"))
  w <- w * sum(d$w) / sum(w)
  cells <- aggregate(w, d[dims], sum)
  cells$x <- round(cells$x, 3)
  cells
}
one_total <- function(margins) { # rounding moved the totals apart: the last cell takes the difference
  total <- sum(margins[[1]]$x)
  lapply(margins, function(m) { m$x[nrow(m)] <- m$x[nrow(m)] + total - sum(m$x); m })
}
margins_of <- function(to, by = 0.25) one_total(lapply(to, tilt, by = by))
label <- function(cells, dims) do.call(paste, c(cells[dims], sep = "|"))

# R calibrate() of a design on the dummies of all margins; redundant dummies are left out.
calibrated <- function(design, to, calfun, bounds = c(-Inf, Inf)) {
  margins <- margins_of(to)
  vars <- design$variables
  columns <- list("(Intercept)" = sum(margins[[1]]$x))
  x <- matrix(1, nrow(vars), 1, dimnames = list(NULL, "(Intercept)"))
  for (i in seq_along(to)) for (cell in seq_len(nrow(margins[[i]]))[-1]) {
    name <- label(margins[[i]], to[[i]])[cell]
    x <- cbind(x, as.numeric(label(vars, to[[i]]) == name))
    columns[[paste(i, name)]] <- margins[[i]]$x[cell]
  }
  keep <- qr(x)$pivot[seq_len(qr(x)$rank)]
  design$variables$calibration <- x[, keep[-1], drop = FALSE]
  population <- unlist(columns)[keep]
  names(population) <- colnames(model.matrix(~calibration, design$variables))
  out <- calibrate(design, ~calibration, population, calfun = calfun, bounds = bounds, epsilon = 1e-12, maxit = 500)
  stopifnot(max(abs(colSums(model.matrix(~calibration, out$variables) * weights(out)) - population) / population) < 1e-9)
  out
}
targets_of <- function(to) {
  Map(function(dims, cells) list(dims = I(dims), levels = unname(as.matrix(cells[dims])), total = cells$x), to, margins_of(to))
}

base <- svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE)
two <- svydesign(~ psu + ssu, strata = ~stratum, weights = ~w, fpc = ~ fpc_psu + fpc_ssu, data = d, nest = TRUE)
plain <- list(weight = "w", stratum = I("stratum"), psu = I("psu"), fpc = I(character()), lonely_psu = "fail")
with_spec <- function(...) utils::modifyList(plain, list(...))
none <- I(character())

raked_to <- list(c("stratum", "sex"), "age")
one_to <- list(c("sex", "age"))
two_to <- list("sex", "age")
calibration <- function(to, method, bounds = NULL) {
  list(to = unname(lapply(to, I)), method = method, bounds = bounds, targets = unname(targets_of(to)))
}
post <- local({
  cells <- margins_of(one_to)[[1]]
  names(cells)[3] <- "Freq"
  postStratify(base, ~ sex + age, cells)
})
lonely <- function(column, rule) {
  list(spec = with_spec(stratum = I(column), lonely_psu = rule), lonely = rule,
       design = svydesign(~psu, strata = reformulate(column), weights = ~w, data = d, nest = TRUE))
}

designs <- list(
  srs = list(spec = with_spec(weight = NULL, stratum = none, psu = none), design = svydesign(~1, weights = ~one, data = d)),
  weights = list(spec = with_spec(stratum = none, psu = none), design = svydesign(~1, weights = ~w, data = d)),
  strata = list(spec = with_spec(psu = none), design = svydesign(~1, strata = ~stratum, weights = ~w, data = d)),
  psu = list(spec = with_spec(stratum = none, psu = I("stratum_psu")),
             design = svydesign(~stratum_psu, weights = ~w, data = transform(d, stratum_psu = paste(stratum, psu)))),
  strata_psu = list(spec = plain, design = base),
  strata_psu_fpc = list(spec = with_spec(fpc = I("fpc_psu")),
                        design = svydesign(~psu, strata = ~stratum, weights = ~w, fpc = ~fpc_psu, data = d, nest = TRUE)),
  two_stage = list(spec = with_spec(psu = c("psu", "ssu"), fpc = c("fpc_psu", "fpc_ssu")), design = two),
  two_stage_certain = list(spec = with_spec(psu = c("psu", "ssu"), fpc = c("fpc_all", "fpc_ssu")),
    design = svydesign(~ psu + ssu, strata = ~stratum, weights = ~w, fpc = ~ fpc_all + fpc_ssu, data = d, nest = TRUE)),
  two_strata = list(spec = with_spec(stratum = c("stratum", "sub"), psu = c("psu", "ssu"), fpc = c("fpc_psu", "fpc_sub")),
    design = svydesign(~ psu + ssu, strata = ~ stratum + sub, weights = ~w, fpc = ~ fpc_psu + fpc_sub, data = d, nest = TRUE)),
  lonely_adjust = lonely("lonely1", "adjust"),
  lonely_average = lonely("lonely1", "average"),
  lonely_certainty = lonely("lonely1", "certainty"),
  lonely2_adjust = lonely("lonely2", "adjust"),
  lonely2_average = lonely("lonely2", "average"),
  rake = list(spec = with_spec(calibrate = calibration(raked_to, "rake")), design = calibrated(base, raked_to, "raking")),
  rake_bounds = list(spec = with_spec(calibrate = calibration(raked_to, "rake", c(0.72, 1.28))),
                     design = calibrated(base, raked_to, "raking", c(0.72, 1.28))),
  linear = list(spec = with_spec(calibrate = calibration(two_to, "linear")), design = calibrated(base, two_to, "linear")),
  linear_bounds = list(spec = with_spec(calibrate = calibration(raked_to, "linear", c(0.72, 1.28))),
                       design = calibrated(base, raked_to, "linear", c(0.72, 1.28))),
  logit = list(spec = with_spec(calibrate = calibration(two_to, "logit", c(0.5, 2))),
               design = calibrated(base, two_to, "logit", c(0.5, 2))),
  poststratify = list(spec = with_spec(calibrate = calibration(one_to, "poststratify")), design = post),
  two_stage_rake = list(spec = with_spec(psu = c("psu", "ssu"), fpc = c("fpc_psu", "fpc_ssu"),
                                         calibrate = calibration(raked_to, "rake")),
                        design = calibrated(two, raked_to, "raking"))
)

# PSUs minus strata of the rows used, by the columns the study declares.
df_of <- function(spec, used) {
  rows <- d[used, ]
  stratum <- if (length(spec$stratum)) rows[[spec$stratum[1]]] else rep(1, nrow(rows))
  unit <- if (!length(spec$psu)) which(used) else if (spec$psu[1] == "stratum_psu") paste(rows$stratum, rows$psu) else rows$psu
  nrow(unique(data.frame(stratum, unit))) - length(unique(stratum))
}

# What the JSON says of a design; calibrated ones with their targets and R's weights.
declared <- function(case) {
  spec <- case$spec
  if (!is.null(spec$calibrate)) spec$calibrate$weights <- as.numeric(weights(case$design))
  for (key in c("weight", "calibrate")) if (is.null(spec[[key]])) spec[key] <- list(NULL)
  spec[c("weight", "stratum", "psu", "fpc", "lonely_psu", "calibrate")]
}
