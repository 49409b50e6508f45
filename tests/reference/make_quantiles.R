# Truth: R survey's quantiles by its default rule, math, where answers tie and where half the weight falls between two
# answers. Writes quantiles.json. Run in this folder: Rscript make_quantiles.R. The data are those of design_matrix.json.

library(survey)
library(jsonlite)
source("design_sample.R")

d <- design_sample()
d$one <- 1
designs <- list(
  srs = svydesign(~1, weights = ~one, data = d),
  strata_psu = svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE)
)
df_of <- function(name, used) {
  if (name == "srs") return(sum(used) - 1)
  length(unique(paste(d$stratum, d$psu)[used])) - length(unique(d$stratum[used]))
}
one_case <- function(name, measure, level) {
  used <- !is.na(d[[measure]]) & (is.na(level) | (!is.na(d$g) & d$g == level))
  df <- df_of(name, used)
  p <- c(0.25, 0.5, 0.75)
  q <- svyquantile(reformulate(measure), designs[[name]][used, ], p, qrule = "math", interval.type = "mean", df = df)[[1]]
  list(design = name, measure = measure, by_level = if (is.na(level)) NULL else level,
       expected = list(estimate = q[, "quantile"], std_error = q[, "se"], conf_low = q[, "ci.2.5"],
                       conf_high = q[, "ci.97.5"], df = df))
}
cases <- list()
for (name in names(designs)) for (measure in c("item", "y", "x")) for (level in c(NA, "a", "b", "c")) {
  cases[[length(cases) + 1]] <- one_case(name, measure, level)
}
write(toJSON(list(cases = cases), auto_unbox = TRUE, digits = NA, null = "null"), "quantiles.json")
