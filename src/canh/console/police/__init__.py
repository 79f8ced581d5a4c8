"""The police: their desks, handing a case over, taking down what they answer."""
