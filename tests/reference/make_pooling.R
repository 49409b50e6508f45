# Rubin's rules with Barnard and Rubin's degrees of freedom, by mice::pool.scalar.
library(mice)
library(jsonlite)
set.seed(1987)
case <- function(q, u, dfcom) {
  found <- pool.scalar(q, u, n = dfcom + 1, k = 1)
  list(estimate = q, variance = u, df_complete = if (is.finite(dfcom)) dfcom else NULL,
       expected = list(estimate = found$qbar, within = found$ubar, between = found$b, variance = found$t,
                       df = found$df, missing_information = found$fmi))
}
five <- c(2.71, 2.84, 2.66, 2.79, 2.75)
cases <- list(
  small = case(five, c(.0031, .0028, .0033, .0029, .0030), 73),
  few_units = case(five, c(.0031, .0028, .0033, .0029, .0030), 7),
  infinite = case(five, c(.0031, .0028, .0033, .0029, .0030), Inf),
  twenty = case(rnorm(20, 50, 2), runif(20, 2, 3), 113),
  nothing_missing = case(rep(3.2, 20), rep(.01, 20), 40)
)
writeLines(toJSON(cases, digits = NA, auto_unbox = TRUE, pretty = TRUE, null = "null"), "pooling.json")
