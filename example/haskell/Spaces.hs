-- Puts spaces around the equals signs of its input.
module Main where

main :: IO ()
main = interact (unlines . map spaced . lines)

spaced :: String -> String
spaced line = case break (== '=') line of
  (name, '=' : value) -> trim name ++ " = " ++ trim value
  _ -> line

trim :: String -> String
trim = unwords . words
