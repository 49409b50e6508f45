# Cohen's kappa with the large-sample error of Fleiss, Cohen and Everitt (1969): psych::cohen.kappa.
suppressMessages({library(psych); library(jsonlite)})
tables <- list(
  fleiss_1969 = matrix(c(88, 14, 18, 10, 40, 10, 2, 6, 12), 3, byrow = TRUE),
  uneven = matrix(c(44, 7, 9, 5, 20, 5, 1, 3, 6), 3, byrow = TRUE),
  below_chance = matrix(c(25, 13, 12, 12, 2, 16, 3, 15, 2), 3, byrow = TRUE),
  two_codes = matrix(c(20, 5, 10, 15), 2, byrow = TRUE))
cases <- lapply(tables, function(t) {
  k <- cohen.kappa(t)
  list(table = t, kappa = unbox(k$kappa), std_error = unbox(sqrt(k$var.kappa)),
       low = unbox(k$confid["unweighted kappa", "lower"]), high = unbox(k$confid["unweighted kappa", "upper"]))
})
write(toJSON(cases, digits = NA, pretty = TRUE), "agreement.json")
