# Area-level model of the milk data (Arora and Lahiri 1997; You and Chapman 2006; Molina and Marhuenda 2015): metafor's
# REML for sigma2 and beta, then the EBLUP and the Prasad-Rao error by their formulas in Rao and Molina 2015, 6.1-6.2.
suppressMessages({library(metafor); library(jsonlite)})

yi <- c(1.099, 1.075, 1.105, 0.628, 0.753, 0.981, 1.257, 1.095, 1.405, 1.356, 0.615, 1.460, 1.338, 0.854, 1.176, 1.111,
        1.257, 1.430, 1.278, 1.292, 1.002, 1.183, 1.044, 1.267, 1.193, 0.791, 0.795, 0.759, 0.796, 0.565, 0.886, 0.952,
        0.807, 0.582, 0.684, 0.787, 0.440, 0.759, 0.770, 0.800, 0.756, 0.865, 0.640)
sd <- c(0.163, 0.080, 0.083, 0.109, 0.119, 0.141, 0.202, 0.127, 0.168, 0.178, 0.100, 0.201, 0.148, 0.143, 0.149, 0.145,
        0.135, 0.172, 0.137, 0.163, 0.125, 0.247, 0.140, 0.171, 0.106, 0.121, 0.121, 0.259, 0.106, 0.089, 0.225, 0.205,
        0.119, 0.067, 0.106, 0.126, 0.092, 0.132, 0.100, 0.113, 0.083, 0.121, 0.129)
major <- rep(1:4, c(7, 7, 11, 18))

# sae 1.3, mseFH(yi ~ as.factor(MajorArea), SD^2), as printed in its documentation: scoring stopped at a step of 1e-4.
printed <- list(
  beta = c(0.9681890, 0.1327801, 0.2269462, -0.2413011),
  eblup = c(1.0219703, 1.0476018, 1.0679513, 0.7608170, 0.8461574, 0.9743727, 1.0584523, 1.0977762, 1.2215449, 1.1951455,
            0.7852155, 1.2139456, 1.2096593, 0.9834967, 1.1864247, 1.1556982, 1.2263411, 1.2856486, 1.2363247, 1.2349600,
            1.0903019, 1.1923057, 1.1216470, 1.2230296, 1.1938054, 0.7627195, 0.7649550, 0.7338443, 0.7699294, 0.6134418,
            0.7695558, 0.7958250, 0.7723187, 0.6102302, 0.7001782, 0.7592787, 0.5298867, 0.7434466, 0.7548996, 0.7701918,
            0.7481164, 0.8040773, 0.6810870),
  mse = c(0.013460220, 0.005372876, 0.005701990, 0.008541740, 0.009579594, 0.011670632, 0.015926137, 0.010586518,
          0.014184043, 0.014901472, 0.007694262, 0.016336469, 0.012562726, 0.012117378, 0.012031229, 0.011709147,
          0.010859780, 0.013690860, 0.011034674, 0.013079686, 0.009948636, 0.017243977, 0.011292325, 0.013625297,
          0.008065787, 0.009205133, 0.009205133, 0.016476912, 0.007800626, 0.006098668, 0.015441564, 0.014657866,
          0.009024699, 0.003870786, 0.007800626, 0.009646139, 0.006404335, 0.010155645, 0.007209937, 0.008470277,
          0.005484860, 0.009205133, 0.009903626))

fitted <- function(y, v, x) {
  fit <- rma(y, v, mods = x, intercept = FALSE, method = "REML", control = list(threshold = 1e-14, maxiter = 10000))
  s2 <- fit$tau2
  gamma <- s2 / (s2 + v)
  q <- solve(t(x / (s2 + v)) %*% x)
  at <- drop(x %*% fit$beta)
  g2 <- (1 - gamma)^2 * rowSums((x %*% q) * x)
  g3 <- (1 - gamma)^2 / (s2 + v) * 2 / sum(1 / (s2 + v)^2)
  list(y = y, variance = v, x = unname(x), sigma2 = s2, beta = drop(unname(fit$beta)), covariance = unname(q),
       log_likelihood = as.numeric(logLik(fit)), gamma = gamma, eblup = at + gamma * (y - at), blup = blup(fit)$pred,
       mse = gamma * v + g2 + 2 * g3)
}

x <- unname(model.matrix(~ factor(major)))
attributes(x)[c("assign", "contrasts")] <- NULL
milk <- fitted(yi, sd^2, x)
# Estimates as near to each other as their errors allow: no area difference is left.
flat <- fitted(1 + sd * rep(c(-0.5, 0.5), length.out = 43), sd^2, x[, 1, drop = FALSE])
stopifnot(max(abs(milk$eblup - milk$blup)) < 1e-10, flat$sigma2 < 1e-10)
write(toJSON(list(milk = milk, printed = printed, flat = flat), digits = 15, auto_unbox = TRUE, pretty = TRUE), "smallarea.json")
