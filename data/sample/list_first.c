/* First names common in the United States across the generations alive, in tiers of roughly equal
 * frequency, and the short forms that stand for them. Written by hand from general knowledge; the
 * long tail of rarer ones is composed, see list_style.c. */
#include "data/sample/lists.h"

#include <stddef.h>

const struct word_group list_male[] = {
    {950, "James John Robert Michael"},
    {850, "William David"},
    {650, "Richard Joseph Thomas Christopher Charles Daniel Matthew"},
    {480, "Anthony Mark Joshua Steven Andrew Kenneth Paul Brian Kevin"},
    {380, "Donald George Jason Edward Timothy Ronald Jeffrey Ryan Jacob Eric Gary Nicholas"},
    {300,
     "Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Frank Patrick "
     "Raymond Jack Dennis Jerry Tyler Aaron"},
    {220,
     "Jose Adam Nathan Henry Zachary Douglas Peter Kyle Noah Ethan Jeremy Walter Christian Keith "
     "Roger Terry Austin Sean Gerald Carl Juan Harold Dylan Arthur Lawrence Jordan Jesse Bryan "
     "Billy "
     "Bruce Gabriel Joe Logan Alan Albert Willie Elijah Wayne Randy Vincent Liam Mason Roy Ralph "
     "Bobby "
     "Russell Bradley Philip Eugene"},
    {130,
     "Louis Luis Carlos Antonio Cody Phillip Martin Travis Johnny Howard Fred Ernest Todd Shawn "
     "Craig Stanley Leonard Nathaniel Dale Manuel Rodney Curtis Norman Allen Marvin Glenn Jeffery "
     "Chad Alex Francis Danny Victor Melvin Jimmy Barry Lee Earl Mario Francisco Ricardo Clarence "
     "Tony "
     "Miguel Jorge Edwin Caleb Evan Hunter Isaac Luke Owen Lucas Jackson Aiden Jayden Connor "
     "Isaiah "
     "Cameron Jared Trevor Dustin Derek Corey Troy Ricky Jim Leroy Bernard Theodore Calvin "
     "Clifford "
     "Oscar Jon Jay Bill Tom Mike Joel Ray Herbert Frederick Don Adrian Ian Sebastian Julian Angel "
     "Xavier Dominic Levi Landon Wyatt Gavin Blake Chase Cole Carter Hector Javier Pedro Roberto "
     "Eduardo "
     "Fernando Alejandro Rafael Raul Sergio Ruben Armando Alberto Marcus Darren Lloyd Leo Leon "
     "Alfred"},
    {55,
     "Micheal Gordon Alvin Lewis Milton Gilbert Ramon Tim Dan Warren Maurice Darrell Jerome Floyd "
     "Vernon Clyde Chris Greg Dave Steve Ron Brent Brett Duane Gene Dwayne Marc Clayton Ted Max "
     "Roland "
     "Ross Harry Neil Lance Cory Kurt Kelly Jessie Arnold Felix Everett Ivan Hugh Clinton Tyrone "
     "Andre "
     "Wesley Randall Darryl Mitchell Perry Jamie Guy Dean Lester Cecil Rene Julio Enrique Arturo "
     "Alfredo "
     "Salvador Ernesto Jaime Marco Gerardo Guillermo Rodolfo Gustavo Pablo Orlando Jesus Omar "
     "Abraham Elias "
     "Moses Damian Colin Spencer Preston Garrett Grant Tanner Bryce Devin Colton Parker Brody "
     "Hudson Easton "
     "Lincoln Jaxon Nolan Brayden Josiah Asher Ezra Miles Silas Oliver Mateo Santiago Diego Eli "
     "Grayson Carson "
     "Cooper Bennett Emmett Beau Rhett Weston Sawyer Declan Kai Malachi Micah Jonah Ezekiel "
     "Nehemiah Zion "
     "Malik Jamal Darius Terrence Terrell Demetrius Reginald Cedric Kendrick Lamar Marquis Deshawn "
     "Trey Tyree "
     "Ali Mohammed Omari Hassan Ahmed Ibrahim Yusuf Amir Raj Sanjay Anil Vijay Sunil Ravi Arjun "
     "Rohan Wei Ming "
     "Minh Tuan Hung Dung Hiroshi Kenji Takeshi Min Jin Sung Dmitri Igor Sergei Vladimir Boris "
     "Nikolai Stefan "
     "Andreas Klaus Hans Jurgen Dieter Giovanni Marcello Angelo Carmine Salvatore Luca Antoine "
     "Pierre Jacques "
     "Emile Claude Gerard Alistair Callum Ewan Graham Nigel Trevon Rory Seamus Kieran Brendan "
     "Desmond Cormac"},
    {22, "Abel Adolfo Agustin Alec Alfonso Alonzo Alton Alphonso Amos Archie Armand Arlen Arlo "
         "Arnulfo Art Ashton "
         "Aubrey August Barney Bart Basil Benny Bernardo Bernie Bert Blaine Bo Boyd Brad Bradford "
         "Branden Brady "
         "Braxton Brendon Brock Brooks Bryant Buddy Buford Burton Byron Carey Carlton Carlo "
         "Carroll Casey Cesar "
         "Chance Chandler Charlie Chester Chuck Clark Claudio Clay Clement Cleveland Cliff Clint "
         "Colby Conrad Cornelius "
         "Courtney Cruz Dallas Dalton Damien Damon Dana Dane Dante Darnell Darin Darrel Daryl "
         "Davis Dawson "
         "Delbert Denis Derrick Devon Dewey Dexter Dick Dion Dominick Donnie Donovan Doug Drew "
         "Dominique Dwight Earnest Ed "
         "Eddie Edgar Edmund Efrain Elbert Eldon Elliot Elliott Ellis Elmer Elvin Elvis Emanuel "
         "Emilio Emmanuel Ephraim "
         "Erik Erick Ernie Ervin Esteban Fabian Federico Felipe Ferdinand Fidel Forrest Frankie "
         "Franklin Freddie "
         "Garry Geoffrey German Gilberto Giles Glen Gonzalo Grady Griffin Gus Harley Harlan "
         "Harrison Harvey Heath "
         "Herman Hiram Homer Horace Hubert Hugo Humberto Ignacio Ira Irvin Irving Isaias Ismael "
         "Israel Issac Jackie Jake "
         "Jakob Jarrett Jarrod Jasper Javon Jed Jefferson Jerald Jeremiah Jermaine Jess Joaquin "
         "Joey Johnathan Jonas "
         "Johnathon Josh Judson Julius Junior Karl Kareem Keaton Keegan Kelvin Ken Kendall Kennedy "
         "Kenny Kent Kermit Kerry "
         "Kim Kirk Kirby Kristopher Lane Larson Laurence Lavern Lawson Leland Lenny Leonardo "
         "Leopoldo Leslie Lionel Lonnie "
         "Loren Lorenzo Lowell Loyd Lucius Luther Lyle Lynn Mack Malcolm Marcel Marcelino Marcos "
         "Mariano Marion Marlin "
         "Marlon Marshall Marty Mathew Maverick Maxwell Mauricio Maynard Melvyn Merle Merlin "
         "Mervin Mickey Mikel Milo "
         "Monroe Monte Monty Morgan Morris Moises Murray Myles Myron Nathanial Ned Nelson Nick "
         "Nicolas Noel Norbert Norris "
         "Octavio Odell Olin Ollie Omer Orville Osvaldo Otis Otto Pat Paxton Percy Pete Phil "
         "Porter Quentin Quincy Quinton "
         "Ramiro Randal Randolph Raphael Raymundo Reed Reggie Reid Reuben Rex Rhys Rick Rickey "
         "Rigoberto Rob Robbie Robby "
         "Rocco Rocky Rod Roderick Rodger Rodrigo Rogelio Rolando Roman Romeo Ronnie Roosevelt "
         "Roscoe Royce Rudolph Rudy "
         "Rufus Rusty Sal Sam Sammy Sanford Santos Saul Seth Shane Sheldon Shelby Sherman Sidney "
         "Simon Solomon Sonny Stacy "
         "Stan Sterling Stewart Stuart Sylvester Taylor Teddy Terence Thaddeus Theo Thurman Tobias "
         "Toby Tomas Tommie Tommy "
         "Tracy Travon Tristan Tucker Tyson Ulysses Vance Vaughn Vern Vicente Vince Virgil Wade "
         "Walker Wallace Walton Ward "
         "Wendell Wes Wilbert Wilbur Wilfred Will Willard Williams Willis Wilson Winfred Winston "
         "Woodrow Zachariah Zane"},
    {0, NULL},
};

const struct word_group list_female[] = {
    {1600, "Mary"},
    {800, "Patricia Jennifer Linda Elizabeth"},
    {600, "Barbara Susan Jessica Sarah Karen Margaret"},
    {480, "Lisa Nancy Betty Sandra Ashley Dorothy Kimberly Emily Donna Michelle Carol Amanda Helen "
          "Melissa"},
    {380,
     "Deborah Stephanie Rebecca Sharon Laura Cynthia Kathleen Amy Angela Shirley Anna Ruth Brenda "
     "Pamela Nicole"},
    {280, "Katherine Virginia Catherine Christine Samantha Debra Janet Rachel Carolyn Emma Maria "
          "Heather Diane "
          "Julie Joyce Evelyn Joan Victoria Kelly Christina Frances Martha Lauren Judith Cheryl "
          "Megan Andrea Olivia "
          "Ann Jean Alice Jacqueline Hannah Doris Kathryn Gloria Teresa Sara Janice Marie Julia"},
    {190, "Grace Judy Abigail Madison Isabella Rose Theresa Beverly Denise Marilyn Amber Danielle "
          "Brittany Diana "
          "Natalie Sophia Jane Lori Kayla Alexis Tiffany Mildred Charlotte Tammy Bonnie Peggy Ruby "
          "Irene Lillian "
          "Annie Louise Phyllis Rita Tracy Kathy Robin Crystal Dawn Florence Wanda Edith Josephine "
          "Carmen Rosa "
          "Connie Rhonda Tina Erin Lois"},
    {110,
     "Norma Ethel Gladys Lucille Edna Pauline Sylvia Thelma Ellen Elaine Leslie Sherry Sheila "
     "Shannon "
     "Eva Juanita Lucy April Jamie Clara Marjorie Esther Joann Eleanor Valerie Suzanne Darlene "
     "Gail Jill Bertha "
     "Sally Michele Erica Veronica Cathy Geraldine Yvonne Regina Renee Beatrice Dolores Bernice "
     "Loretta "
     "Ida Anne Dana Stacy Stacey Wendy Lorraine Holly Monica Melanie Vivian Vanessa Courtney Tara "
     "Katie Kristen "
     "Kristin Marissa Jasmine Morgan Taylor Haley Brianna Sydney Alyssa Chloe Ava Mia Ella Zoe "
     "Lily Addison "
     "Aubrey Harper Aria Layla Brooklyn Savannah Leah Allison Gabrielle Kaitlyn Jenna Molly Paige "
     "Mackenzie Destiny Faith Autumn Sierra Trinity Guadalupe Ana Alicia Yolanda Marta Elena "
     "Isabel Adriana "
     "Alejandra Claudia Leticia Silvia Gabriela Daniela Valeria Camila Sofia Penelope Nora Hazel "
     "Violet Stella "
     "Aurora Bella Lucia Claire Audrey Naomi Miranda Jordan Caroline Cassandra Candace Carrie "
     "Colleen Tonya "
     "Krista Kara Kelsey Chelsea Lindsey Lindsay Meghan Caitlin Alexandra Erika Felicia Jodi "
     "Kristina Jo Rosemary "
     "Toni Marsha Maureen Vicki Vickie Paula Joy Charlene Roberta Jeanette Eileen Marcia Anita "
     "Marion Constance"},
    {45, "Debbie Becky Terri Sue Cindy Kim Beth Pam Patty Sandy Barb Judi Jan Jackie Penny Patsy "
         "Gina Nina Tanya Natasha "
         "Sonia Sonja Nadia Katrina Christy Kristi Kristy Tamara Tami Misty Brandy Brandi Candice "
         "Desiree Dominique Monique "
         "Angelique Ebony Latoya Keisha Lakisha Tamika Latasha Shanice Imani Aaliyah Aliyah Nevaeh "
         "Kiara Ciara Tierra Raven "
         "Precious Diamond Asia Jada Jayla Kennedy Skylar Peyton Reagan Riley Quinn Reese Piper "
         "Delaney Makayla Mikayla "
         "Kylie Kaylee Kayleigh Hailey Bailey Brooke Summer Jocelyn Josie Julianna Adrianna "
         "Arianna Ariana Elise Eliza "
         "Eloise Genevieve Gwendolyn Gwen Harriet Hattie Henrietta Hilda Ingrid Iris Irma Isabelle "
         "Ivy Janelle Janine "
         "Jeanne Jeannie Jessie Jewel Joanna Joanne Johanna Josefina June Karla Kate Katelyn "
         "Kathie Katharine Kay Kendra "
         "Kerry Krystal Lacey Lana Lara Laurie Leigh Lena Leona Lila Lillie Lola Lorena Lorna "
         "Lucinda Luz Lydia Lynda Lynn "
         "Mabel Madeline Mae Maggie Mamie Mandy Marcella Margarita Margie Marguerite Marian "
         "Marianne Maribel Marlene Maryann "
         "Mattie Maxine May Mercedes Meredith Minnie Miriam Mona Muriel Myra Myrtle Nadine Natalia "
         "Nellie Nettie Nichole "
         "Noelle Noemi Olga Opal Pearl Priscilla Rachael Ramona Raquel Rebekah Robyn Rochelle "
         "Rosalie Rosemarie Roxanne "
         "Sabrina Sadie Selena Serena Shari Shawna Shelby Shelia Shelley Shelly Sheri Sheryl "
         "Socorro Susie Tabitha Tasha "
         "Terry Traci Tricia Vera Verna Viola Wilma Yesenia Yvette Zoey Fatima Aisha Amina Mariam "
         "Noor Leila "
         "Priya Anjali Sunita Lakshmi Kavita Deepa Mei Ling Xiu Thuy Lan Linh Huong Yuki Yoko "
         "Keiko Soo Eun Ji Olena Irina "
         "Svetlana Tatiana Oksana Anastasia Ekaterina Galina Heidi Greta Helga Ursula Gretchen "
         "Monika Agnieszka Ewa Giulia "
         "Francesca Bianca Chiara Colette Simone Celine Brigitte Siobhan Fiona Moira Bridget "
         "Deirdre Maeve Aileen Isla Freya"},
    {20, "Ada Adela Adele Adeline Adrienne Agatha Agnes Aida Alana Alberta Alexa Alexandria "
         "Alfreda Alisa Alisha Alison Allie "
         "Alma Althea Alta Alyson Amalia Amelia Amie Amparo Angelia Angelica Angelina Angeline "
         "Angie Annabelle Annette "
         "Annmarie Antoinette Antonia Araceli Arlene Athena Aurelia Avis Barbra Belinda Berenice "
         "Bernadette Bernadine Bessie "
         "Bettie Bettye Blanca Blanche Bobbie Brandie Bridgette Briana Britney Brittney Camille "
         "Candy Cara Carissa Carla "
         "Carlene Carly Carmela Carole Caryn Casey Cassie Catalina Catharine Cecelia Cecilia "
         "Celeste Celia Chandra Charity "
         "Charmaine Chasity Cheri Cherie Cherry Christa Christi Christian Clarice Clarissa "
         "Claudette Cleo Clementine Concepcion "
         "Consuelo Cora Corina Corinne Cornelia Corrine Cristina Daisy Daphne Darla Deana Deann "
         "Deanna Deanne Deena Deidre "
         "Delia Della Delores Dena Dessie Diann Dianna Dianne Dina Dixie Dollie Dolly Dominga Dora "
         "Doreen Dorothea Earline Earnestine "
         "Edwina Effie Elba Eldora Elisa Elisabeth Elma Elnora Eloisa Elsa Elsie Elva Elvira "
         "Emilia Enid Erma Ernestine "
         "Esmeralda Esperanza Essie Estela Estelle Etta Eugenia Eula Eunice Evangelina Eve Faye "
         "Fannie Fay Felecia Fern Flora Fran "
         "Francine Francisca Freda Frieda Gabriella Gayle Gena Genesis Georgia Georgette Georgina "
         "Geneva Gertrude Gilda Ginger Glenda "
         "Glenna Goldie Gracie Graciela Helena Hope Ila Ilene Imelda Imogene Ines Inez Iva Jaclyn "
         "Jacquelyn Jaime Jana Janell "
         "Janette Janie Janna Jayne Jeannette Jeannine Jenifer Jennie Jenny Jeri Jerri Jerry Jody "
         "Jolene Joni Josefa Juana Juliana "
         "Juliet Juliette Justine Kaitlin Kari Karin Karina Karrie Karyn Kasey Kathi Kathrine Katy "
         "Kellie Kelli Kenya Keri Kerri "
         "Kirsten Krystle Ladonna Latonya Laverne Lavonne Lawanda Lea Leann Leanne Leola Lela "
         "Lenora Leonor Leta Letha Lettie Lia "
         "Liliana Lilia Liz Liza Lizzie Lora Lorene Lorie Lottie Louella Lourdes Luann Lucile "
         "Luella Lula Lupe Lynette Lynne "
         "Madeleine Madelyn Madge Magdalena Malinda Manuela Marci Marcy Margery Margo Margot "
         "Margret Maricela Marietta Marina Marisol "
         "Marisa Marla Marlys Marva Maryanne Marylou Matilda Maura Mavis Mayra Melba Melinda "
         "Melody Melva Merle Michaela Milagros "
         "Mindy Mollie Myrna Nan Nannie Nelda Nell Nelly Neva Nita Nola Noreen Odessa Ofelia Ola "
         "Olive Ollie Ora Paulette Patrice Patti "
         "Petra Polly Queen Rae Reba Reva Rena Reyna Rhea Rhoda Rosalind Rosalyn Rosario Rosetta "
         "Rosie Roslyn Rowena Roxie Ruthie "
         "Sasha Saundra Selma Shana Shanna Shauna Shawn Sheena Sherri Sheree Shirlee Sondra Sophie "
         "Stacie Staci Sybil "
         "Tabatha Tammie Tania Terra Tessa Thea Therese Tia Tisha Tommie Tracey Tracie Trina "
         "Trisha Trudy Twila Ula Una Valarie "
         "Vada Velma Verda Vicky Vilma Vonda Wendi Whitney Wilda Willa Willie Winifred Winnie "
         "Yadira Zelda Zelma Zora"},
    {0, NULL},
};

const char *const list_nick[] = {
    "Robert Rob Bob Bobby Robbie Bert Robby",
    "William Will Bill Billy Willie Liam",
    "Richard Rick Dick Rich Ricky Richie",
    "James Jim Jimmy Jamie Jimmie",
    "John Jack Johnny Jon Johnnie",
    "Joseph Joe Joey Jos",
    "Michael Mike Mick Mickey Mikey",
    "Thomas Tom Tommy Thom",
    "Christopher Chris Kit Topher",
    "Charles Charlie Chuck Chas Chip",
    "Daniel Dan Danny",
    "Matthew Matt Matty",
    "Anthony Tony Ant",
    "Joshua Josh",
    "Steven Steve Stevie",
    "Stephen Steve Steph",
    "Andrew Andy Drew",
    "Kenneth Ken Kenny",
    "Donald Don Donnie",
    "Edward Ed Eddie Ned Ted Teddy",
    "Timothy Tim Timmy",
    "Ronald Ron Ronnie",
    "Jeffrey Jeff",
    "Jacob Jake Jakob",
    "Nicholas Nick Nicky",
    "Jonathan Jon Johnny",
    "Gregory Greg",
    "Alexander Alex Al Sandy Xander",
    "Franklin Frank Frankie",
    "Francis Frank Fran",
    "Patrick Pat Paddy",
    "Raymond Ray",
    "Samuel Sam Sammy",
    "Benjamin Ben Benny Benji",
    "Lawrence Larry Lars Laurie",
    "Gerald Jerry Gerry",
    "Nathan Nate",
    "Nathaniel Nate Nat",
    "Henry Hank Harry Hal",
    "Zachary Zach Zack",
    "Douglas Doug",
    "Peter Pete",
    "Walter Walt Wally",
    "Harold Harry Hal",
    "Arthur Art Artie",
    "Albert Al Bert",
    "Vincent Vince Vinny",
    "Philip Phil Pip",
    "Phillip Phil",
    "Eugene Gene",
    "Leonard Len Lenny Leo",
    "Stanley Stan",
    "Frederick Fred Freddie Rick",
    "Theodore Ted Teddy Theo",
    "Bernard Bernie Barney",
    "Clifford Cliff",
    "Alfred Al Fred Alf",
    "Ernest Ernie",
    "Jerome Jerry",
    "David Dave Davy Davey",
    "George Georgie",
    "Bradley Brad",
    "Russell Russ Rusty",
    "Manuel Manny",
    "Francisco Paco Pancho Cisco",
    "Jose Pepe Chepe",
    "Eduardo Eddie Lalo",
    "Guillermo Memo",
    "Roberto Beto Bobby",
    "Ignacio Nacho",
    "Jesus Chuy",
    "Enrique Kike",
    "Salvatore Sal",
    "Dmitri Dima Mitya",
    "Vladimir Vlad Volodya",
    "Isaac Ike Zac",
    "Abraham Abe Bram",
    "Gabriel Gabe",
    "Elizabeth Liz Beth Betty Lizzie Betsy Eliza Libby",
    "Margaret Maggie Peggy Meg Marge Margie Greta",
    "Katherine Kate Kathy Katie Kat Kitty",
    "Catherine Cathy Cat Cate Kate",
    "Kathryn Kathy Kate Katie",
    "Kathleen Kathy Kate",
    "Patricia Pat Patty Trish Tricia Patsy",
    "Jennifer Jen Jenny Jenn",
    "Barbara Barb Babs Barbie",
    "Susan Sue Susie Suzy",
    "Jessica Jess Jessie",
    "Sarah Sally Sadie",
    "Deborah Deb Debbie Debby",
    "Debra Deb Debbie",
    "Nancy Nan",
    "Kimberly Kim Kimmie",
    "Dorothy Dot Dottie Dolly",
    "Amanda Mandy",
    "Melissa Missy Mel Lissa",
    "Rebecca Becky Becca",
    "Stephanie Steph Stevie",
    "Cynthia Cindy",
    "Angela Angie",
    "Pamela Pam",
    "Victoria Vicky Vicki Tori",
    "Virginia Ginny Ginger",
    "Christine Chris Chrissy Tina",
    "Christina Chris Tina Chrissy",
    "Samantha Sam Sammie",
    "Carolyn Carol Lynn",
    "Janet Jan",
    "Judith Judy Judi",
    "Jacqueline Jackie",
    "Frances Fran Fanny Frankie",
    "Martha Marty Mattie",
    "Teresa Terry Terri Tess",
    "Theresa Terry Tess",
    "Abigail Abby Gail",
    "Madison Maddie",
    "Isabella Bella Izzy",
    "Danielle Dani",
    "Natalie Nat",
    "Charlotte Charlie Lottie",
    "Mildred Millie",
    "Lillian Lily Lil",
    "Josephine Jo Josie",
    "Eleanor Ellie Nell Nora",
    "Valerie Val",
    "Suzanne Sue Suzy",
    "Beatrice Bea Trixie",
    "Veronica Ronnie Vera",
    "Alexandra Alex Sandra Lexi",
    "Allison Allie Ali",
    "Gabrielle Gabby",
    "Florence Flo Flossie",
    "Gwendolyn Gwen Wendy",
    "Constance Connie",
    "Roberta Bobbie Robbie",
    "Wilhelmina Minnie Willa",
    "Guadalupe Lupe",
    "Dolores Lola",
    "Rosemary Rose Romy",
    "Mary Molly Polly May",
    "Ann Annie Nan",
    "Helen Nell Nellie",
    "Emily Em Emmy",
    "Olivia Liv Livvy",
    "Sandra Sandy",
    "Cheryl Cher",
    "Michelle Shelly Mickey",
    "Nicole Nikki Nicky",
    "Tatiana Tanya",
    "Anastasia Nastya Stacy",
    "Ekaterina Katya",
    NULL,
};
